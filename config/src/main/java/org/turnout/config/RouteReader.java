package org.turnout.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads one entry of {@code routes:}. */
final class RouteReader {
  private static final List<String> PROTOCOLS = List.of("postgres", "mysql");
  private static final List<String> SCHEMAS = List.of("auto", "dump", "prepared");
  private static final int MOST_WORKERS = 64;

  private final Secrets secrets;
  private final SideTlsReader sideTls;
  private final TlsReader tls;
  private final AuthenticationReader authentication;

  /**
   * @param directory to which paths are relative
   */
  RouteReader(Secrets secrets, Path directory) {
    this.secrets = secrets;
    sideTls = new SideTlsReader(directory);
    tls = new TlsReader(secrets, directory);
    authentication = new AuthenticationReader(secrets);
  }

  /** The route, or empty when a problem was reported. */
  Optional<RouteConfig> read(String key, Value value, Section routes) {
    Optional<RouteName> name = name(key, routes);
    Optional<Section> found = value.section();
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Section section = found.get();
    Optional<List<ListenerConfig>> listen =
        section.required("listen", ListenersReader.EXAMPLE).flatMap(ListenersReader::read);
    Optional<Value> protocolValue = section.optional("protocol");
    Optional<Protocol> protocol =
        protocolValue
            .flatMap(it -> it.word(PROTOCOLS))
            .map(word -> Protocol.valueOf(word.toUpperCase(Locale.ROOT)));
    Optional<ReadSide> blue = side(section, Side.BLUE, protocol);
    Optional<ReadSide> green =
        side(section, Side.GREEN, protocol.or(() -> blue.map(it -> it.url().protocol())));
    TlsConfig encryption = tls.read(section.optional("tls"));
    AuthenticationConfig proof =
        authentication.read(section.optional("authentication"), encryption);
    LimitsConfig limits = LimitsReader.read(section.optional("limits"));
    SyncConfig sync = sync(section.optional("sync"));
    ReadsConfig reads = reads(section.optional("reads"));
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
            encryption,
            blue.get().config(),
            green.get().config(),
            proof,
            limits,
            sync,
            reads,
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
    return url.flatMap(it -> sideTls.read(it.options(), urlValue.orElseThrow()))
        .map(it -> new ReadSide(url.orElseThrow(), config(url.orElseThrow(), password, it)));
  }

  private static SideConfig config(SideUrl url, Optional<Secret> password, SideTls tls) {
    return new SideConfig(url.address(), url.database(), url.user(), password, tls);
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

  private static ReadsConfig reads(Optional<Value> value) {
    Optional<Section> found = value.flatMap(Value::section);
    if (found.isEmpty()) {
      return ReadsConfig.DEFAULT;
    }
    ReadsConfig reads =
        new ReadsConfig(
            found
                .get()
                .optional("maxWait")
                .flatMap(it -> Units.duration(it, Duration.ZERO, Duration.ofSeconds(1)))
                .orElse(ReadsConfig.DEFAULT.maxWait()));
    found.get().end();
    return reads;
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
