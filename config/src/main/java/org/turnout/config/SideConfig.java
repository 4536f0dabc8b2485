package org.turnout.config;

import java.util.Optional;

/**
 * How Turnout itself reaches one side: {@code postgresql://user@host:port/database?sslmode=…} and a
 * password.
 *
 * @param user the role that Turnout's own control connections use; sessions of applications use
 *     their own roles
 * @param database the database that the control connections use and the migration moves
 */
public record SideConfig(
    Address address, String database, String user, Optional<Secret> password, SideTls tls) {

  /** Over a socket file there is no TLS, whatever its options say, as libpq has it. */
  public SideConfig {
    if (address instanceof SocketFile) {
      tls = SideTls.DISABLED;
    }
  }

  /** A side that is reached as libpq does it when nothing is said of TLS. */
  public SideConfig(Address address, String database, String user, Optional<Secret> password) {
    this(address, database, user, password, SideTls.DEFAULT);
  }
}
