package org.turnout.sync.side;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Optional;
import java.util.Properties;
import javax.net.SocketFactory;
import org.postgresql.PGProperty;

/**
 * Makes the sockets of a connection whose socket is handed over: what the driver makes by name, for
 * each connection. They are those that it would have had without. Confined to the connecting
 * thread.
 */
public final class HandoverSocketFactory extends SocketFactory {
  private final SocketFactory delegate;
  private final Optional<SocketHandover> handover;

  /** Called by the driver with the properties of the connection. */
  public HandoverSocketFactory(Properties properties) {
    String path = PGProperty.SOCKET_FACTORY_ARG.getOrDefault(properties);
    delegate = path == null ? SocketFactory.getDefault() : new UnixSocketFactory(path);
    handover = SocketHandover.of(properties);
  }

  private Socket noted(Socket socket) {
    handover.ifPresent(to -> to.made(socket));
    return socket;
  }

  @Override
  public Socket createSocket() throws IOException {
    return noted(delegate.createSocket());
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return noted(delegate.createSocket(host, port));
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return noted(delegate.createSocket(host, port, localHost, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return noted(delegate.createSocket(host, port));
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
      throws IOException {
    return noted(delegate.createSocket(address, port, localAddress, localPort));
  }
}
