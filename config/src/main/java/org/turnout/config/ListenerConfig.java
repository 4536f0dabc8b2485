package org.turnout.config;

import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/**
 * One place at which the clients of a route come in.
 *
 * @param proxyProtocol whether a balancer stands before it, which begins each connection with the
 *     client's address (PROXY protocol); a connection without it is closed
 * @param permissions of a socket file: who may connect needs to write; without meaning for TCP
 */
public record ListenerConfig(
    Address address, boolean proxyProtocol, Set<PosixFilePermission> permissions) {
  /** Everybody, as with the server; who they are is for the authentication to find out. */
  public static final Set<PosixFilePermission> EVERYBODY =
      Set.copyOf(EnumSet.allOf(PosixFilePermission.class));

  public ListenerConfig {
    permissions = Set.copyOf(permissions);
  }

  /** A listener that takes clients as they come. */
  public ListenerConfig(Address address) {
    this(address, false, EVERYBODY);
  }
}
