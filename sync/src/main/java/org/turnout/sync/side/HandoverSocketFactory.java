package org.turnout.sync.side;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/**
 * Makes the sockets of a connection whose socket is handed over: what the driver makes by name, for
 * each connection. They are those that it would have had without, but for how much a read gives.
 * Confined to the connecting thread.
 */
public final class HandoverSocketFactory extends LateSocketFactory {
  private final @Nullable Path path;
  private final Optional<SocketHandover> handover;

  /** Called by the driver with the properties of the connection. */
  public HandoverSocketFactory(Properties properties) {
    String file = PGProperty.SOCKET_FACTORY_ARG.getOrDefault(properties);
    path = file == null ? null : Path.of(file);
    handover = SocketHandover.of(properties);
  }

  @Override
  public Socket createSocket() {
    Socket socket = path == null ? new TcpSocket() : new FileSocket(path);
    handover.ifPresent(to -> to.made(socket));
    return socket;
  }

  private InputStream reading(InputStream input) {
    return handover.map(to -> to.reading(input)).orElse(input);
  }

  private final class TcpSocket extends Socket {
    @Override
    public InputStream getInputStream() throws IOException {
      return reading(super.getInputStream());
    }
  }

  private final class FileSocket extends UnixSocket {
    FileSocket(Path path) {
      super(path);
    }

    @Override
    public InputStream getInputStream() {
      return reading(super.getInputStream());
    }
  }
}
