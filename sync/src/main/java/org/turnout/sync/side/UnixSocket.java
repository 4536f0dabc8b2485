package org.turnout.sync.side;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a Unix socket with the manners of {@link Socket} that the driver counts on: reads
 * that block up to a limit, and what has come being visible without blocking. The runtime has only
 * channels for these sockets.
 *
 * <p>One thread reads and one writes; any may close, which ends what both wait for. So does an
 * interrupt of a virtual thread that waits, and that of another thread does not, as with the
 * runtime's own sockets.
 */
class UnixSocket extends Socket {
  private static final int READ_AHEAD = 8192;

  private final Path path;
  private final ByteBuffer ahead = ByteBuffer.allocate(READ_AHEAD).flip();
  private volatile @Nullable UnixChannel channel;
  private volatile boolean closed;
  private volatile int timeoutMillis;

  UnixSocket(Path path) {
    this.path = path;
  }

  /** There is no connection; says which socket it would have been to. */
  static final class ConnectFailure extends IOException {
    private static final long serialVersionUID = 1;

    ConnectFailure(Path path, IOException cause) {
      super(path + ": " + cause.getMessage(), cause);
    }
  }

  @Override
  public void connect(SocketAddress ignored) throws IOException {
    connect(ignored, 0);
  }

  /** A server that listens takes a connection at once, so that no time limit is needed. */
  @Override
  public void connect(SocketAddress ignored, int limit) throws IOException {
    SocketChannel opened = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      opened.connect(UnixDomainSocketAddress.of(path));
      channel = new UnixChannel(opened);
    } catch (IOException e) {
      opened.close();
      throw new ConnectFailure(path, e);
    }
    if (closed) {
      opened.close();
      throw new SocketException("Socket closed");
    }
  }

  private UnixChannel channel() throws SocketException {
    UnixChannel connected = channel;
    if (connected == null || closed) {
      throw new SocketException(closed ? "Socket closed" : "Socket is not connected");
    }
    return connected;
  }

  @Override
  public InputStream getInputStream() {
    return new Input();
  }

  @Override
  public OutputStream getOutputStream() {
    return new Output();
  }

  private final class Input extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (ahead.hasRemaining()) {
        int taken = Math.min(length, ahead.remaining());
        ahead.get(into, offset, taken);
        return taken;
      }
      return channel().read(ByteBuffer.wrap(into, offset, length), timeoutMillis);
    }

    /** What a channel does not tell is found out by reading. */
    @Override
    public int available() throws IOException {
      if (!ahead.hasRemaining()) {
        ahead.clear();
        channel().readNow(ahead);
        ahead.flip();
      }
      return ahead.remaining();
    }

    @Override
    public void close() throws IOException {
      UnixSocket.this.close();
    }
  }

  private final class Output extends OutputStream {
    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      channel().write(ByteBuffer.wrap(bytes, offset, length));
    }

    @Override
    public void close() throws IOException {
      UnixSocket.this.close();
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    UnixChannel connected = channel;
    if (connected != null) {
      connected.close();
    }
  }

  @Override
  public void shutdownOutput() throws IOException {
    channel().endOutput();
  }

  @Override
  public boolean isConnected() {
    return channel != null;
  }

  @Override
  public boolean isBound() {
    return isConnected();
  }

  @Override
  public boolean isClosed() {
    UnixChannel connected = channel;
    return closed || (connected != null && !connected.isOpen());
  }

  @Override
  public void setSoTimeout(int millis) {
    timeoutMillis = millis;
  }

  @Override
  public int getSoTimeout() {
    return timeoutMillis;
  }

  @Override
  public int getSendBufferSize() throws SocketException {
    return channel().option(StandardSocketOptions.SO_SNDBUF);
  }

  @Override
  public int getReceiveBufferSize() throws SocketException {
    return channel().option(StandardSocketOptions.SO_RCVBUF);
  }

  // What follows is of TCP, and asked for without being needed here.

  @Override
  public void setSendBufferSize(int size) {}

  @Override
  public void setReceiveBufferSize(int size) {}

  @Override
  public void setTcpNoDelay(boolean on) {}

  @Override
  public boolean getTcpNoDelay() {
    return true;
  }

  @Override
  public void setKeepAlive(boolean on) {}

  @Override
  public boolean getKeepAlive() {
    return false;
  }

  @Override
  public String toString() {
    return "Unix socket " + path;
  }
}
