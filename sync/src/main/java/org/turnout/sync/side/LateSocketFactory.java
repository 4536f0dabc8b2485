package org.turnout.sync.side;

import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import javax.net.SocketFactory;

/** Makes sockets for the driver, which connects a socket after it was made. */
abstract class LateSocketFactory extends SocketFactory {
  @Override
  public abstract Socket createSocket();

  @Override
  public final Socket createSocket(String host, int port) throws SocketException {
    throw connectsLater();
  }

  @Override
  public final Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws SocketException {
    throw connectsLater();
  }

  @Override
  public final Socket createSocket(InetAddress host, int port) throws SocketException {
    throw connectsLater();
  }

  @Override
  public final Socket createSocket(
      InetAddress address, int port, InetAddress localAddress, int localPort)
      throws SocketException {
    throw connectsLater();
  }

  private static SocketException connectsLater() {
    return new SocketException("this socket is connected after it is made");
  }
}
