package org.turnout.config;

import org.jspecify.annotations.Nullable;

/**
 * A host name or address with a TCP port, 0 to 65535 (0 asks the system for a free one, for
 * listeners).
 */
public record HostPort(String host, int port) implements Address {
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

  /**
   * Whether only processes of this machine can reach it: {@code localhost}, {@code 127.…} or {@code
   * ::1}. Names are not resolved.
   */
  public boolean isLoopback() {
    return host.equals("localhost")
        || host.matches("127(\\.[0-9]{1,3}){3}")
        || host.equals("::1")
        || host.equals("0:0:0:0:0:0:0:1");
  }

  /** Whether it stands for every address of this machine. */
  public boolean isWildcard() {
    return host.equals("0.0.0.0") || host.equals("::");
  }

  /**
   * Written out, because every start compares: what the compiler gives to records instead is put
   * together at its first use, which takes ten milliseconds.
   */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof HostPort address && address.port == port && address.host.equals(host);
  }

  @Override
  public int hashCode() {
    return 31 * host.hashCode() + port;
  }

  @Override
  public String inUrl() {
    return toString();
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
