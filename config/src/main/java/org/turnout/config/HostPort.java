package org.turnout.config;

/**
 * A host name or address with a TCP port, 0 to 65535 (0 asks the system for a free one, for
 * listeners).
 */
public record HostPort(String host, int port) {
  /**
   * Checks the port.
   *
   * @throws IllegalArgumentException when the port is out of range
   */
  public HostPort {
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port " + port + " is not between 0 and 65535");
    }
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
