package org.turnout.config;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code host:port} and {@code [v6]:port}. */
final class Addresses {
  private static final Pattern FORM =
      Pattern.compile("(?:\\[([0-9A-Fa-f:.%]+)]|([A-Za-z0-9._-]+)):([0-9]{1,9})");

  private Addresses() {}

  /** Reads the address of a listener. */
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
