package org.turnout.config;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.turnout.config.AuthenticationConfig.Method;

/** Reads {@code authentication:} of a route, and whether it is possible with the route's TLS. */
final class AuthenticationReader {
  private static final List<String> METHODS =
      List.of("scram", "users", "password", "certificate", "trust");

  private final Secrets secrets;

  AuthenticationReader(Secrets secrets) {
    this.secrets = secrets;
  }

  AuthenticationConfig read(Optional<Value> value, TlsConfig tls) {
    if (value.isEmpty()) {
      return new AuthenticationConfig(Method.SCRAM, Map.of());
    }
    Value at = value.get();
    AuthenticationConfig config = at.isMap() ? section(at) : word(at);
    encrypted(config.method(), tls, at);
    return config;
  }

  private static AuthenticationConfig word(Value value) {
    Method method = value.word(METHODS).map(AuthenticationReader::method).orElse(Method.SCRAM);
    if (method == Method.USERS) {
      value.refuse("names no users", "write `{method: users, users: {name: \"${env:NAME}\"}}`");
    }
    return new AuthenticationConfig(method, Map.of());
  }

  private AuthenticationConfig section(Value at) {
    Section section = at.section().orElseThrow();
    Optional<Method> method =
        section
            .required("method", "users")
            .flatMap(it -> it.word(METHODS))
            .map(AuthenticationReader::method);
    Optional<Value> usersValue = section.optional("users");
    Optional<Value> namesValue = section.optional("names");
    Map<String, Secret> users = users(usersValue);
    Map<String, String> names = names(namesValue);
    section.end();
    if (method.filter(it -> it == Method.USERS).isPresent() && usersValue.isEmpty()) {
      at.refuse("names no users", "add `users: {name: \"${env:NAME}\"}`");
    }
    if (method.filter(it -> it != Method.USERS && it != Method.CERTIFICATE).isPresent()) {
      usersValue.ifPresent(
          it -> it.refuse("is for the method users only", "write `method: users`, or drop it"));
    }
    if (method.filter(it -> it != Method.CERTIFICATE).isPresent()) {
      namesValue.ifPresent(
          it ->
              it.refuse(
                  "is for the method certificate only", "write `method: certificate`, or drop it"));
    }
    return new AuthenticationConfig(method.orElse(Method.SCRAM), users, names);
  }

  /** What is worth nothing, or gives a password away, without TLS. */
  private static void encrypted(Method method, TlsConfig tls, Value at) {
    if (method == Method.PASSWORD && tls.mode() == TlsConfig.Mode.DISABLE) {
      at.refuse(
          "would have passwords sent in clear text",
          "give the route a certificate, `tls: {mode: require, certificate: …, key: …}`");
    }
    if (method == Method.CERTIFICATE
        && tls.clientCertificates() == TlsConfig.ClientCertificates.NONE) {
      at.refuse(
          "needs certificates of clients",
          "add to the route `tls: {mode: require, certificate: …, key: …, clientCa: …}`");
    }
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

  private static Map<String, String> names(Optional<Value> value) {
    Map<String, String> names = new HashMap<>();
    value
        .flatMap(Value::section)
        .ifPresent(
            section -> {
              section
                  .named()
                  .forEach((name, role) -> role.text().ifPresent(it -> names.put(name, it)));
              section.end();
            });
    return names;
  }

  private static Method method(String word) {
    return Method.valueOf(word.toUpperCase(Locale.ROOT));
  }
}
