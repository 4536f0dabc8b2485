package org.turnout.proxy.postgres;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A server far away, played on the way to a near one: passes bytes on in both directions, until it
 * is told to hold them, or to cut a connection in the middle of an answer. So a test decides what
 * happens while something is under way, by events and not by time. Safe for any thread.
 */
final class Relay implements AutoCloseable {
  private final ServerSocket listener;
  private final String host;
  private final int port;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicLong untilCut = new AtomicLong(Long.MAX_VALUE);
  private final AtomicLong sentToServer = new AtomicLong();
  private volatile Hold hold = Hold.NOTHING;

  private enum Direction {
    TO_SERVER,
    TO_CLIENT
  }

  /** What is held: from the bytes on that contain a text, until it is released. */
  private record Hold(
      String from, Set<Direction> directions, CountDownLatch met, CountDownLatch released) {
    static final Hold NOTHING = new Hold("", Set.of());

    Hold(String from, Set<Direction> directions) {
      this(from, directions, new CountDownLatch(1), new CountDownLatch(1));
    }
  }

  private Relay(ServerSocket listener, String host, int port) {
    this.listener = listener;
    this.host = host;
    this.port = port;
  }

  static Relay to(String host, int port) throws IOException {
    Relay relay =
        new Relay(new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1")), host, port);
    Thread.ofVirtual().start(relay::accept);
    return relay;
  }

  int port() {
    return listener.getLocalPort();
  }

  /**
   * Holds, of what goes to the server, the next bytes that contain the text and all behind them.
   */
  void holdFrom(String text) {
    hold = new Hold(text, Set.of(Direction.TO_SERVER));
  }

  /** The same, of what the server sends. */
  void holdAnswerFrom(String text) {
    hold = new Hold(text, Set.of(Direction.TO_CLIENT));
  }

  /** How many bytes went to the server so far, on all connections. */
  long sentToServer() {
    return sentToServer.get();
  }

  /** Whether bytes are held now. */
  boolean isHolding() {
    return hold.met().getCount() == 0;
  }

  void awaitHolding() throws InterruptedException {
    if (!hold.met().await(1, TimeUnit.MINUTES)) {
      throw new AssertionError("nothing with '" + hold.from() + "' went to the server");
    }
  }

  /** Lets go what was held. */
  void release() {
    Hold before = hold;
    hold = Hold.NOTHING;
    before.released().countDown();
  }

  /** Lets this many bytes of the server pass, from whatever connection, and cuts that one. */
  void cutAfter(long bytes) {
    untilCut.set(bytes);
  }

  /** Takes back {@link #cutAfter}. */
  void cutNoMore() {
    untilCut.set(Long.MAX_VALUE);
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        Socket server;
        try {
          server = new Socket(host, port);
        } catch (IOException e) {
          // Nobody is there: neither is this.
          client.close();
          continue;
        }
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        sockets.add(client);
        sockets.add(server);
        Thread.ofVirtual().start(() -> pass(client, server, Direction.TO_SERVER));
        Thread.ofVirtual().start(() -> pass(server, client, Direction.TO_CLIENT));
      }
    } catch (IOException e) {
      // The listener was closed: the test is over.
    }
  }

  private void pass(Socket from, Socket to, Direction direction) {
    boolean toServer = direction == Direction.TO_SERVER;
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[1 << 16];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        holdBack(new String(buffer, 0, count, StandardCharsets.ISO_8859_1), direction);
        long left = toServer ? Long.MAX_VALUE : untilCut.get();
        int passed = (int) Math.min(count, left);
        out.write(buffer, 0, passed / 2);
        out.write(buffer, passed / 2, passed - passed / 2);
        sentToServer.addAndGet(toServer ? passed : 0);
        if (left <= count && untilCut.compareAndSet(left, Long.MAX_VALUE)) {
          throw new EOFException("cut");
        } else if (left != Long.MAX_VALUE) {
          untilCut.compareAndSet(left, left - count);
        }
      }
      // That end says no more, and hears what the other one says until its end.
      to.shutdownOutput();
      if (from.isOutputShutdown()) {
        cut(from);
        cut(to);
      }
    } catch (IOException | InterruptedException e) {
      // One end is gone, and so is the other.
      cut(from);
      cut(to);
    }
  }

  private static void cut(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void holdBack(String bytes, Direction direction) throws InterruptedException {
    Hold now = hold;
    if (now.directions().contains(direction) && bytes.contains(now.from())) {
      now.met().countDown();
      now.released().await();
    }
  }

  @Override
  public void close() throws IOException {
    release();
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
