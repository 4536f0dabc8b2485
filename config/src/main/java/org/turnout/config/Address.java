package org.turnout.config;

/**
 * Where a server is reached or clients come in: a TCP port, or a socket file of this machine. Both
 * have a host and a port, as libpq has it: the host of a socket file is its directory.
 */
public sealed interface Address permits HostPort, SocketFile {
  /** A host name or address, or the directory of a socket file. */
  String host();

  /** A TCP port, or the number in the name of a socket file. */
  int port();

  /** What stands for it in a URL between user and database. */
  String inUrl();
}
