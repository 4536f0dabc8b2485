package org.turnout.sync.side;

import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import javax.net.SocketFactory;

/**
 * Connects the driver to the Unix socket of a server: what the driver makes by name, for each
 * connection and again for its requests to cancel. The host and port that the driver connects to
 * mean nothing. Safe for any thread.
 */
public final class UnixSocketFactory extends SocketFactory {
  private final Path path;

  /**
   * Called by the driver.
   *
   * @param path of the socket file
   */
  public UnixSocketFactory(String path) {
    this.path = Path.of(path);
  }

  @Override
  public Socket createSocket() {
    return new UnixSocket(path);
  }

  @Override
  public Socket createSocket(String host, int port) throws SocketException {
    throw connectsLater();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws SocketException {
    throw connectsLater();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws SocketException {
    throw connectsLater();
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
      throws SocketException {
    throw connectsLater();
  }

  private static SocketException connectsLater() {
    return new SocketException("a Unix socket is connected after it is made");
  }
}
