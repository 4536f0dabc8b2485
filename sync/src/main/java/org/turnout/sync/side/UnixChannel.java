package org.turnout.sync.side;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * The bytes of a {@link UnixSocket}: a channel that never blocks by itself, with one selector for
 * the reader and one for the writer to wait at.
 */
final class UnixChannel implements Closeable {
  private final SocketChannel channel;
  private final Selector readable;
  private final Selector writable;

  /**
   * @param channel connected; it is this one's from here on
   */
  UnixChannel(SocketChannel channel) throws IOException {
    this.channel = channel;
    channel.configureBlocking(false);
    readable = Selector.open();
    try {
      writable = Selector.open();
    } catch (IOException e) {
      readable.close();
      throw e;
    }
    channel.register(readable, SelectionKey.OP_READ);
    channel.register(writable, SelectionKey.OP_WRITE);
  }

  /**
   * Reads what there is, at least one byte; -1 at the end.
   *
   * @param millis how long to wait for it; zero for any time
   * @throws SocketTimeoutException when nothing came
   */
  int read(ByteBuffer into, int millis) throws IOException {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (true) {
      int read = readNow(into);
      if (read != 0) {
        return read;
      }
      if (!await(readable, millis > 0, until)) {
        throw new SocketTimeoutException("Read timed out");
      }
    }
  }

  /** Reads what there is without waiting; -1 at the end. */
  int readNow(ByteBuffer into) throws IOException {
    try {
      return channel.read(into);
    } catch (ClosedChannelException e) {
      throw closed(e);
    }
  }

  /** Writes all of it. */
  void write(ByteBuffer bytes) throws IOException {
    try {
      while (bytes.hasRemaining()) {
        if (channel.write(bytes) == 0) {
          await(writable, false, 0);
        }
      }
    } catch (ClosedChannelException e) {
      throw closed(e);
    }
  }

  /** The other end reads up to here and no further. */
  void endOutput() throws IOException {
    try {
      channel.shutdownOutput();
    } catch (ClosedChannelException e) {
      throw closed(e);
    }
  }

  /**
   * Waits until there is something to do; false when the time has come first. An interrupt of a
   * virtual thread ends the connection, of another it is kept for later: both as with the runtime's
   * own sockets.
   */
  private boolean await(Selector selector, boolean limited, long until) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        long left = limited ? TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime()) + 1 : 0;
        if (limited && until - System.nanoTime() <= 0) {
          return false;
        }
        selector.selectedKeys().clear();
        if (selector.select(left) > 0) {
          return true;
        }
        if (Thread.currentThread().isVirtual() && Thread.currentThread().isInterrupted()) {
          close();
          throw new SocketException("Closed by interrupt");
        }
        interrupted |= Thread.interrupted();
        if (!selector.isOpen()) {
          throw new SocketException("Socket closed");
        }
      }
    } catch (ClosedSelectorException e) {
      throw closed(e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static SocketException closed(Exception cause) {
    SocketException closed = new SocketException("Socket closed");
    closed.initCause(cause);
    return closed;
  }

  boolean isOpen() {
    return channel.isOpen();
  }

  int option(SocketOption<Integer> option) throws SocketException {
    try {
      return channel.getOption(option);
    } catch (IOException e) {
      throw closed(e);
    }
  }

  /** Ends what is waited for, too. */
  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      readable.close();
      writable.close();
    }
  }
}
