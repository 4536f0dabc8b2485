package org.turnout.proxy.backend;

import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.Address;
import org.turnout.config.RouteName;
import org.turnout.config.SocketFile;

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

  /**
   * Closes those that no listener has any more, before others listen: they may want the same
   * address.
   *
   * @param wanted {@link #name} of each listener
   */
  public synchronized void keepOnly(Set<String> wanted) {
    sockets
        .entrySet()
        .removeIf(
            entry -> {
              boolean goes = !wanted.contains(entry.getKey());
              if (goes) {
                LOG.info("no more clients come in at the listener {}", entry.getKey());
                close(entry.getKey(), entry.getValue());
              }
              return goes;
            });
  }

  /** Closes what nobody took. */
  @Override
  public synchronized void close() {
    sockets.forEach(InheritedSockets::close);
    sockets.clear();
  }

  /** With a Unix socket goes its file, unless another process has put its own there. */
  private static void close(String name, FileDescriptor socket) {
    try {
      socket.close();
      String address = name.substring(name.indexOf(' ') + 1);
      if (address.startsWith(SocketFile.SCHEME)) {
        Path file = Path.of(address.substring(SocketFile.SCHEME.length()));
        if (SocketFiles.isSocket(file) && !SocketFiles.isServed(file)) {
          Files.delete(file);
        }
      }
    } catch (NoSuchFileException gone) {
      // Somebody has removed it, which is all that is wanted.
    } catch (IOException e) {
      LOG.warn("a listener that was handed over, {}, cannot be closed", name, e);
    }
  }
}
