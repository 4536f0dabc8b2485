package org.turnout.config;

import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads {@code listen:} of a route: an address, a map of an address and how it is listened on, or a
 * list of these.
 */
final class ListenersReader {
  static final String EXAMPLE = "127.0.0.1:6432";
  private static final String SOCKET_EXAMPLE = "unix:/run/turnout/.s.PGSQL.6432";

  private ListenersReader() {}

  /** The listeners; empty when a problem was reported. */
  static Optional<List<ListenerConfig>> read(Value value) {
    if (!value.isList()) {
      return one(value).map(List::of);
    }
    List<Value> entries = value.list();
    if (entries.isEmpty()) {
      value.refuse("names no address", "write for example " + EXAMPLE);
      return Optional.empty();
    }
    List<ListenerConfig> listeners = new ArrayList<>();
    entries.forEach(entry -> one(entry).ifPresent(listeners::add));
    return listeners.size() == entries.size()
        ? Optional.of(List.copyOf(listeners))
        : Optional.empty();
  }

  private static Optional<ListenerConfig> one(Value value) {
    return value.isMap() ? section(value.section().orElseThrow()) : address(value);
  }

  private static Optional<ListenerConfig> address(Value value) {
    return Addresses.listen(value, EXAMPLE, SOCKET_EXAMPLE).map(ListenerConfig::new);
  }

  private static Optional<ListenerConfig> section(Section section) {
    Optional<Address> address =
        section
            .required("address", EXAMPLE)
            .flatMap(it -> Addresses.listen(it, EXAMPLE, SOCKET_EXAMPLE));
    boolean proxyProtocol = section.optional("proxyProtocol").flatMap(Value::truth).orElse(false);
    Optional<Value> permissionsValue = section.optional("permissions");
    Set<PosixFilePermission> permissions =
        permissionsValue.flatMap(ListenersReader::permissions).orElse(ListenerConfig.EVERYBODY);
    section.end();
    if (permissionsValue.isPresent() && address.filter(HostPort.class::isInstance).isPresent()) {
      permissionsValue
          .get()
          .refuse(
              "are for the file of a Unix socket only", "drop it, or listen on " + SOCKET_EXAMPLE);
    }
    return address.map(it -> new ListenerConfig(it, proxyProtocol, permissions));
  }

  /** Four octal digits, as {@code chmod} takes them. */
  private static Optional<Set<PosixFilePermission>> permissions(Value value) {
    Optional<String> text = value.text();
    if (text.isEmpty()) {
      return Optional.empty();
    }
    if (!text.get().matches("0[0-7]{3}")) {
      value.refuse(
          "\"" + text.get() + "\" are no permissions of a file",
          "write four octal digits, for example \"0770\"");
      return Optional.empty();
    }
    int bits = Integer.parseInt(text.get(), 8);
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (PosixFilePermission permission : PosixFilePermission.values()) {
      // They are declared in the order of the digits, the owner's right to read first.
      if ((bits & (0400 >> permission.ordinal())) != 0) {
        permissions.add(permission);
      }
    }
    return Optional.of(permissions);
  }
}
