package org.turnout.proxy.backend;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.turnout.config.Address;
import org.turnout.config.HostPort;
import org.turnout.config.SocketFile;

/**
 * Turns a host name into an address off the event loop, anew for each connection, so that a changed
 * name is followed. A literal address or a socket file is answered at once. Safe for any thread.
 */
public final class Addresses {
  private final Transport transport;
  private final Executor blocking;

  /**
   * @param blocking where the system's resolver may block
   */
  public Addresses(Transport transport, Executor blocking) {
    this.transport = transport;
    this.blocking = blocking;
  }

  /** Fails with {@link UnknownHostException}. */
  public CompletableFuture<SocketAddress> resolve(Address where) {
    return switch (where) {
      case SocketFile file -> CompletableFuture.completedFuture(transport.at(file.path()));
      case HostPort port -> resolve(port);
    };
  }

  private CompletableFuture<SocketAddress> resolve(HostPort where) {
    byte[] literal = NetUtil.createByteArrayFromIpAddressString(where.host());
    if (literal != null) {
      return CompletableFuture.completedFuture(
          new InetSocketAddress(address(where.host(), literal), where.port()));
    }
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return new InetSocketAddress(InetAddress.getByName(where.host()), where.port());
          } catch (UnknownHostException e) {
            throw new CompletionException(e);
          }
        },
        blocking);
  }

  private static InetAddress address(String host, byte[] literal) {
    try {
      return InetAddress.getByAddress(host, literal);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(host, e);
    }
  }
}
