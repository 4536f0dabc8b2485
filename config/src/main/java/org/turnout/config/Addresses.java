package org.turnout.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code host:port}, {@code [v6]:port} and {@code unix:/directory/.s.PGSQL.port}. */
final class Addresses {
  private static final Pattern FORM =
      Pattern.compile("(?:\\[([0-9A-Fa-f:.%]+)]|([A-Za-z0-9._-]+)):([0-9]{1,9})");

  private Addresses() {}

  /** Reads the address of a listener, which may be a socket file. */
  static Optional<Address> listen(Value value, String example, String socketExample) {
    if (!value.beginsWith(SocketFile.SCHEME) && !value.beginsWith("/")) {
      return listen(value, example).map(Address.class::cast);
    }
    return value.text().flatMap(text -> socketFile(value, text, socketExample));
  }

  private static Optional<Address> socketFile(Value value, String text, String example) {
    String advice = "write for example " + example;
    String path = text.startsWith("/") ? text : text.substring(SocketFile.SCHEME.length());
    try {
      Optional<SocketFile> file = SocketFile.at(Path.of(path));
      if (file.isPresent() && !text.startsWith("/")) {
        return Optional.of(file.get());
      }
      value.refuse(
          "\"" + text + "\" is not the address of a Unix socket",
          "clients find it by directory and port: " + advice);
    } catch (InvalidPathException unnameable) {
      value.refuse("names no file", advice);
    } catch (IllegalArgumentException impossible) {
      value.refuse(String.valueOf(impossible.getMessage()), advice);
    }
    return Optional.empty();
  }

  /** Reads the address of a listener, which is one of TCP. */
  static Optional<HostPort> listen(Value value, String example) {
    if (value.isNumber()) {
      value.refuse("is a number where host:port is needed", "write for example " + example);
      return Optional.empty();
    }
    Optional<String> text = value.text();
    if (text.isEmpty()) {
      return Optional.empty();
    }
    if (text.get().startsWith("*:") || text.get().startsWith(":")) {
      String port = text.get().substring(text.get().indexOf(':') + 1);
      value.refuse("has no host", "for every address of this machine write 0.0.0.0:" + port);
      return Optional.empty();
    }
    try {
      Optional<HostPort> parsed = parse(text.get());
      if (parsed.isEmpty()) {
        value.refuse(
            "\"" + text.get() + "\" is not host:port",
            "write for example " + example + " (an IPv6 address in brackets)");
      }
      return parsed;
    } catch (IllegalArgumentException outOfRange) {
      value.refuse(String.valueOf(outOfRange.getMessage()));
      return Optional.empty();
    }
  }

  /**
   * Reads an address.
   *
   * @throws IllegalArgumentException when the port is out of range
   */
  static Optional<HostPort> parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
    return Optional.of(new HostPort(host, Integer.parseInt(matcher.group(3))));
  }
}
