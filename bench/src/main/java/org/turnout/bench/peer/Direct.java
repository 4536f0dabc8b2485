package org.turnout.bench.peer;

import java.net.InetSocketAddress;
import java.util.List;

/** The straight way to the database. */
public record Direct(Backend backend, String version) implements Peer {
  @Override
  public String name() {
    return DIRECT;
  }

  @Override
  public InetSocketAddress address() {
    return backend.address();
  }

  @Override
  public String tlsEnd() {
    return "ended by the server";
  }

  @Override
  public List<ProcessHandle> processes() {
    return List.of();
  }

  @Override
  public void close() {}
}
