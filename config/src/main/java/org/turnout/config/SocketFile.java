package org.turnout.config;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Unix socket by the convention of PostgreSQL, by which its clients find it: the file {@code
 * .s.PGSQL.PORT} in a directory.
 *
 * @param directory absolute
 * @param port 1 to 65535, a part of the file's name and nothing more
 */
public record SocketFile(Path directory, int port) implements Address {
  /** What an address that is a socket file begins with. */
  public static final String SCHEME = "unix:";

  private static final Pattern NAME = Pattern.compile("\\.s\\.PGSQL\\.([0-9]{1,5})");

  /** What the systems' addresses of sockets have room for; the least of them is that of macOS. */
  private static final int LONGEST = 103;

  /**
   * Checks both.
   *
   * @throws IllegalArgumentException with what is wrong, when no socket can be there
   */
  public SocketFile {
    directory = directory.normalize();
    if (!directory.isAbsolute()) {
      throw new IllegalArgumentException("the directory of a socket is not absolute: " + directory);
    }
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("port " + port + " is not between 1 and 65535");
    }
    String path = path(directory, port).toString();
    if (path.getBytes(StandardCharsets.UTF_8).length > LONGEST) {
      throw new IllegalArgumentException(
          "the path of a socket has at most " + LONGEST + " bytes: " + path);
    }
  }

  /**
   * The socket at a path; empty when its name is not that of a PostgreSQL socket.
   *
   * @throws IllegalArgumentException when no socket can be there
   */
  static Optional<SocketFile> at(Path path) {
    Path directory = path.getParent();
    Matcher name = NAME.matcher(String.valueOf(path.getFileName()));
    return directory != null && name.matches()
        ? Optional.of(new SocketFile(directory, Integer.parseInt(name.group(1))))
        : Optional.empty();
  }

  /** The file itself. */
  public Path path() {
    return path(directory, port);
  }

  private static Path path(Path directory, int port) {
    return directory.resolve(".s.PGSQL." + port);
  }

  @Override
  public String host() {
    return directory.toString();
  }

  @Override
  public String inUrl() {
    return URLEncoder.encode(host(), StandardCharsets.UTF_8).replace("+", "%20") + ":" + port;
  }

  @Override
  public String toString() {
    return SCHEME + path();
  }
}
