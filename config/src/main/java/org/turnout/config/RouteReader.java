package org.turnout.config;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.turnout.config.AuthenticationConfig.Method;

/** Reads one entry of {@code routes:}. */
final class RouteReader {
  private static final List<String> PROTOCOLS = List.of("postgres", "mysql");
  private static final List<String> METHODS = List.of("scram", "users", "trust");
  private static final List<String> SCHEMAS = List.of("auto", "dump", "prepared");
  private static final int MOST_WORKERS = 64;

  private final Secrets secrets;

  RouteReader(Secrets secrets) {
    this.secrets = secrets;
  }

  /** The route, or empty when a problem was reported. */
  Optional<RouteConfig> read(String key, Value value, Section routes) {
    Optional<RouteName> name = name(key, routes);
    Optional<Section> found = value.section();
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Section section = found.get();
    Optional<HostPort> listen =
        section
            .required("listen", "127.0.0.1:6432")
            .flatMap(it -> Addresses.listen(it, "127.0.0.1:6432"));
    Optional<Value> protocolValue = section.optional("protocol");
    Optional<Protocol> protocol =
        protocolValue
            .flatMap(it -> it.word(PROTOCOLS))
            .map(word -> Protocol.valueOf(word.toUpperCase(Locale.ROOT)));
    Optional<ReadSide> blue = side(section, Side.BLUE, protocol);
    Optional<ReadSide> green =
        side(section, Side.GREEN, protocol.or(() -> blue.map(it -> it.url().protocol())));
    AuthenticationConfig authentication = authentication(section.optional("authentication"));
    SyncConfig sync = sync(section.optional("sync"));
    CutoverConfig cutover = cutover(section.optional("cutover"));
    section.end();
    if (name.isEmpty() || listen.isEmpty() || blue.isEmpty() || green.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new RouteConfig(
            name.get(),
            listen.get(),
            protocol.orElse(blue.get().url().protocol()),
            blue.get().config(),
            green.get().config(),
            authentication,
            sync,
            cutover));
  }

  private static Optional<RouteName> name(String key, Section routes) {
    try {
      return Optional.of(new RouteName(key));
    } catch (IllegalArgumentException invalid) {
      routes.refuseKey(key, String.valueOf(invalid.getMessage()));
      return Optional.empty();
    }
  }

  private record ReadSide(SideUrl url, SideConfig config) {}

  private Optional<ReadSide> side(Section route, Side side, Optional<Protocol> protocol) {
    Optional<Section> found =
        route
            .required(
                side.word(),
                "{ url: \"postgresql://user@host:5432/database\", password: \"${env:NAME}\" }")
            .flatMap(Value::section);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Section section = found.get();
    Optional<Value> urlValue = section.required("url", "\"postgresql://user@host:5432/database\"");
    Optional<SideUrl> url = urlValue.flatMap(SideUrl::read);
    Optional<Secret> password = section.optional("password").flatMap(secrets::read);
    section.end();
    if (url.isPresent() && protocol.filter(it -> it != url.get().protocol()).isPresent()) {
      urlValue
          .orElseThrow()
          .refuse(
              "is of another protocol than the route",
              "a route speaks one protocol to its clients and to both sides");
      return Optional.empty();
    }
    return url.map(
        it -> new ReadSide(it, new SideConfig(it.address(), it.database(), it.user(), password)));
  }

  private AuthenticationConfig authentication(Optional<Value> value) {
    AuthenticationConfig scram = new AuthenticationConfig(Method.SCRAM, Map.of());
    if (value.isEmpty()) {
      return scram;
    }
    if (!value.get().isMap()) {
      Method method = value.get().word(METHODS).map(RouteReader::method).orElse(Method.SCRAM);
      if (method == Method.USERS) {
        value
            .get()
            .refuse("names no users", "write `{method: users, users: {name: \"${env:NAME}\"}}`");
      }
      return new AuthenticationConfig(method, Map.of());
    }
    Section section = value.get().section().orElseThrow();
    Optional<Method> method =
        section
            .required("method", "users")
            .flatMap(it -> it.word(METHODS))
            .map(RouteReader::method);
    Optional<Value> usersValue = section.optional("users");
    Map<String, Secret> users = users(usersValue);
    section.end();
    if (method.filter(it -> it == Method.USERS).isPresent() && usersValue.isEmpty()) {
      value.get().refuse("names no users", "add `users: {name: \"${env:NAME}\"}`");
    }
    if (method.filter(it -> it != Method.USERS).isPresent() && usersValue.isPresent()) {
      usersValue.get().refuse("is for the method users only", "write `method: users`, or drop it");
    }
    return new AuthenticationConfig(method.orElse(Method.SCRAM), users);
  }

  private Map<String, Secret> users(Optional<Value> value) {
    Map<String, Secret> users = new HashMap<>();
    Optional<Section> section = value.flatMap(Value::section);
    if (section.isPresent()) {
      Map<String, Value> named = section.get().named();
      named.forEach(
          (user, password) -> secrets.read(password).ifPresent(it -> users.put(user, it)));
      if (named.isEmpty()) {
        section.get().refuse("is empty", "add `name: \"${env:NAME}\"`");
      }
      section.get().end();
    }
    return users;
  }

  private static Method method(String word) {
    return Method.valueOf(word.toUpperCase(Locale.ROOT));
  }

  private static SyncConfig sync(Optional<Value> value) {
    SyncConfig standard = SyncConfig.DEFAULT;
    Optional<Section> found = value.flatMap(Value::section);
    if (found.isEmpty()) {
      return standard;
    }
    Section section = found.get();
    SyncConfig sync =
        new SyncConfig(
            section
                .optional("workers")
                .flatMap(it -> it.number(1, MOST_WORKERS))
                .orElse(standard.workers()),
            section
                .optional("schema")
                .flatMap(it -> it.word(SCHEMAS))
                .map(word -> SyncConfig.Schema.valueOf(word.toUpperCase(Locale.ROOT)))
                .orElse(standard.schema()),
            section
                .optional("maxRetained")
                .flatMap(it -> Units.size(it, 16L << 20, 64L << 40))
                .orElse(standard.maxRetainedBytes()),
            section
                .optional("maxBatch")
                .flatMap(it -> Units.size(it, 64L << 10, 1L << 30))
                .orElse(standard.maxBatchBytes()));
    section.end();
    return sync;
  }

  private static CutoverConfig cutover(Optional<Value> value) {
    Optional<Section> found = value.flatMap(Value::section);
    if (found.isEmpty()) {
      return CutoverConfig.DEFAULT;
    }
    CutoverConfig cutover =
        new CutoverConfig(
            found
                .get()
                .optional("maxPause")
                .flatMap(it -> Units.duration(it, Duration.ofMillis(50), Duration.ofMinutes(10)))
                .orElse(CutoverConfig.DEFAULT.maxPause()));
    found.get().end();
    return cutover;
  }
}
