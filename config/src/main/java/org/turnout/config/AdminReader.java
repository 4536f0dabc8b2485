package org.turnout.config;

import java.util.Optional;

/** Reads {@code admin:}, either an address or a map of {@code listen} and {@code token}. */
final class AdminReader {
  private final Secrets secrets;

  AdminReader(Secrets secrets) {
    this.secrets = secrets;
  }

  AdminConfig read(Section root) {
    AdminConfig none = new AdminConfig(ConfigLoader.DEFAULT_ADMIN, Optional.empty());
    Optional<Value> value = root.optional("admin");
    if (value.isEmpty()) {
      return none;
    }
    if (!value.get().isMap()) {
      AdminConfig admin =
          new AdminConfig(listen(value.get()).orElse(none.listen()), Optional.empty());
      requireToken(admin, value.get());
      return admin;
    }
    Section section = value.get().section().orElseThrow();
    Optional<HostPort> listen = section.optional("listen").flatMap(AdminReader::listen);
    Optional<Value> tokenValue = section.optional("token");
    AdminConfig admin =
        new AdminConfig(
            listen.orElse(ConfigLoader.DEFAULT_ADMIN), tokenValue.flatMap(secrets::read));
    if (tokenValue.isEmpty()) {
      requireToken(admin, value.get());
    }
    section.end();
    return admin;
  }

  private static Optional<HostPort> listen(Value value) {
    return Addresses.listen(value, "127.0.0.1:7070");
  }

  private static void requireToken(AdminConfig admin, Value at) {
    if (!admin.listen().isLoopback() && admin.token().isEmpty()) {
      at.refuse(
          admin.listen() + " can be reached from other machines, and no token is asked for",
          "write `admin: {listen: \""
              + admin.listen()
              + "\", token: \"${env:TURNOUT_TOKEN}\"}`, or listen on 127.0.0.1");
    }
  }
}
