package org.turnout.proxy.backend;

import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.Address;
import org.turnout.config.RouteName;

/**
 * Listening sockets that a Turnout which ended has handed to this one, so that whoever connects
 * meanwhile waits in their queues. Each is taken once. Safe for any thread.
 */
public final class InheritedSockets implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(InheritedSockets.class);

  private final Map<String, FileDescriptor> sockets;

  /**
   * @param sockets by {@link #name}
   */
  public InheritedSockets(Map<String, FileDescriptor> sockets) {
    this.sockets = new LinkedHashMap<>(sockets);
  }

  /** None: the process begins from nothing. */
  public static InheritedSockets none() {
    return new InheritedSockets(Map.of());
  }

  /** How both processes name a listener. */
  public static String name(RouteName route, Address address) {
    return route + " " + address;
  }

  /** The socket of a listener, which is the caller's from here on. */
  public synchronized Optional<FileDescriptor> take(RouteName route, Address address) {
    return Optional.ofNullable(sockets.remove(name(route, address)));
  }

  /** Closes what nobody took. */
  @Override
  public synchronized void close() {
    sockets.forEach(
        (name, socket) -> {
          try {
            socket.close();
          } catch (IOException e) {
            LOG.warn("a listener that was handed over, {}, cannot be closed", name, e);
          }
        });
    sockets.clear();
  }
}
