package org.turnout.config;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where a side is and as whom Turnout reaches it: {@code
 * postgresql://user@host:port/database?option=value&…}. Percent escapes are decoded, an IPv6
 * address stands in brackets, the port may be left out. A host that begins with a slash is the
 * directory of a Unix socket; it stands percent-encoded in the host's place, or among the options,
 * as in libpq. No problem quotes the URL, which may hold a password by mistake.
 *
 * @param options what stands behind the question mark, in its order, but host and port
 */
record SideUrl(
    Protocol protocol, Address address, String user, String database, Map<String, String> options) {
  private static final String EXAMPLE =
      "write for example \"postgresql://user@host:5432/database\"";
  private static final String SOCKET_EXAMPLE =
      "write for example \"postgresql://user@/database?host=/var/run/postgresql&port=5432\"";

  /** What a directory begins with where a host is written. */
  private static final String SLASH = "%2F";

  private static final Pattern BROKEN_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");

  static Optional<SideUrl> read(Value value) {
    Optional<String> text = value.text();
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(parse(text.get()));
    } catch (RefusedUrlException refused) {
      value.refuse(refused.getMessage(), refused.advice);
      return Optional.empty();
    }
  }

  private static SideUrl parse(String text) throws RefusedUrlException {
    int afterScheme = text.indexOf("://");
    if (afterScheme < 0) {
      throw new RefusedUrlException("is not a URL", EXAMPLE);
    }
    Protocol protocol = protocol(text.substring(0, afterScheme));
    String whole = text.substring(afterScheme + 3);
    if (whole.indexOf('#') >= 0) {
      throw new RefusedUrlException(
          "has a # in it", "percent-encode # as %23 where it is part of a name");
    }
    int question = whole.indexOf('?');
    String rest = question < 0 ? whole : whole.substring(0, question);
    Map<String, String> options =
        question < 0 ? new LinkedHashMap<>() : options(whole.substring(question + 1));
    int at = rest.lastIndexOf('@');
    int slash = rest.indexOf('/', at + 1);
    if (at < 1) {
      throw new RefusedUrlException("names no user", EXAMPLE);
    }
    if (slash < 0 || slash == rest.length() - 1) {
      throw new RefusedUrlException("names no database", EXAMPLE);
    }
    return new SideUrl(
        protocol,
        address(authority(rest.substring(at + 1, slash), options), protocol),
        user(rest.substring(0, at)),
        decode(rest.substring(slash + 1), "database"),
        options);
  }

  private static Map<String, String> options(String text) throws RefusedUrlException {
    Map<String, String> options = new LinkedHashMap<>();
    for (String option : text.split("&", -1)) {
      int equals = option.indexOf('=');
      if (equals < 1 || equals == option.length() - 1) {
        throw new RefusedUrlException(
            "has an option that is not name=value behind the question mark",
            "write for example ?sslmode=verify-full; percent-encode ? as %3F where it is part of a"
                + " name");
      }
      String name = decode(option.substring(0, equals), "options");
      if (options.put(name, decode(option.substring(equals + 1), "options")) != null) {
        throw new RefusedUrlException("has the option " + name + " twice", "leave one out");
      }
    }
    return options;
  }

  private static Protocol protocol(String scheme) throws RefusedUrlException {
    return switch (scheme) {
      case "postgresql", "postgres" -> Protocol.POSTGRES;
      case "mysql", "mariadb" -> Protocol.MYSQL;
      default ->
          throw new RefusedUrlException(
              "has the scheme \"" + scheme + "\", which is not known",
              Spelling.advice(scheme, List.of("postgresql", "mysql")));
    };
  }

  /** Host and port, which may stand among the options instead; they are taken out of those. */
  private static String authority(String text, Map<String, String> options)
      throws RefusedUrlException {
    String host = options.remove("host");
    String port = options.remove("port");
    if (host != null && !text.isEmpty() && !text.startsWith(":")) {
      throw new RefusedUrlException(
          "names a host twice", "name it before the database or behind the question mark");
    }
    String named = host == null ? text : written(host) + text;
    if (port == null) {
      return named;
    }
    if (!port.matches("[0-9]{1,9}")) {
      throw new RefusedUrlException("has a port that is no number", "write for example port=5432");
    }
    if (text.matches(".*:[0-9]+")) {
      throw new RefusedUrlException(
          "names a port twice", "name it behind the host or behind the question mark");
    }
    return named + ":" + port;
  }

  private static String written(String host) {
    if (host.startsWith("/")) {
      return URLEncoder.encode(host, StandardCharsets.UTF_8).replace("+", "%20");
    }
    return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
  }

  private static Address address(String text, Protocol protocol) throws RefusedUrlException {
    String withPort =
        text.matches(".*:[0-9]+") ? text : text + (protocol == Protocol.MYSQL ? ":3306" : ":5432");
    int colon = withPort.lastIndexOf(':');
    try {
      if (withPort.regionMatches(true, 0, SLASH, 0, SLASH.length())) {
        return socket(decode(withPort.substring(0, colon), "host"), withPort, colon, protocol);
      }
      HostPort address =
          Addresses.parse(withPort)
              .orElseThrow(() -> new RefusedUrlException("names no valid host", EXAMPLE));
      if (address.port() == 0) {
        throw new RefusedUrlException("has port 0", EXAMPLE);
      }
      return address;
    } catch (IllegalArgumentException outOfRange) {
      throw new RefusedUrlException(String.valueOf(outOfRange.getMessage()), EXAMPLE);
    }
  }

  private static SocketFile socket(String directory, String text, int colon, Protocol protocol)
      throws RefusedUrlException {
    if (protocol == Protocol.MYSQL) {
      throw new RefusedUrlException(
          "names a directory where a host is needed", "sockets are for postgresql");
    }
    try {
      return new SocketFile(Path.of(directory), Integer.parseInt(text.substring(colon + 1)));
    } catch (IllegalArgumentException impossible) {
      throw new RefusedUrlException(String.valueOf(impossible.getMessage()), SOCKET_EXAMPLE);
    }
  }

  private static String user(String userInfo) throws RefusedUrlException {
    if (userInfo.indexOf(':') >= 0) {
      throw new RefusedUrlException(
          "holds a password",
          "take it out and put it beside the url as `password: \"${env:NAME}\"` or `password:"
              + " \"${file:PATH}\"`");
    }
    return decode(userInfo, "user");
  }

  private static String decode(String text, String what) throws RefusedUrlException {
    if (BROKEN_ESCAPE.matcher(text).find()) {
      throw new RefusedUrlException(
          "has a broken percent escape in the " + what, "write a % itself as %25");
    }
    // URLDecoder is for forms, where + is a space; in a URL it is itself.
    String decoded = URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    if (decoded.indexOf(0) >= 0) {
      throw new RefusedUrlException(
          "has a zero character in the " + what, "no name can contain one; take it out");
    }
    return decoded;
  }

  private static final class RefusedUrlException extends Exception {
    private final String advice;

    RefusedUrlException(String message, String advice) {
      super(message);
      this.advice = advice;
    }

    @Override
    public String getMessage() {
      return String.valueOf(super.getMessage());
    }
  }
}
