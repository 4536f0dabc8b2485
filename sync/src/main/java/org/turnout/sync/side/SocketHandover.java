package org.turnout.sync.side;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the socket of one connection from our factories, which the driver makes by name on a
 * thread of its own, to the one who connects. The driver hands over text only, hence the way by a
 * number in its properties. Of several sockets, as when the driver tries without TLS what did not
 * work with it, the last one counts: the driver goes on with that.
 *
 * <p>Rule: the driver never holds bytes that it has not understood, so what comes after the
 * handover begins with a message, whatever the server says unasked and when. A socket gives it a
 * byte for each read, and it reads no more than the message that it wants; TLS gives it what was
 * encrypted in one piece, and a server's piece ends where it waits for its client.
 */
final class SocketHandover implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SocketHandover.class);
  private static final String PROPERTY = "turnoutHandover";
  private static final Map<String, SocketHandover> EXPECTED = new ConcurrentHashMap<>();
  private static final AtomicLong NUMBERS = new AtomicLong();

  private final String number = Long.toString(NUMBERS.incrementAndGet());
  private volatile @Nullable Socket plain;
  private volatile @Nullable Socket outer;

  /** Whether reads of the plain socket give all that they can. */
  private volatile boolean whole;

  private boolean taken;
  private volatile boolean closed;

  private SocketHandover() {}

  /** Prepares the properties of the connection that is to be made next. */
  static SocketHandover expect(Properties properties) {
    SocketHandover handover = new SocketHandover();
    EXPECTED.put(handover.number, handover);
    properties.setProperty(PROPERTY, handover.number);
    PGProperty.SOCKET_FACTORY.set(properties, HandoverSocketFactory.class.getName());
    return handover;
  }

  /** That of the connection with these properties, if somebody expects its socket. */
  static Optional<SocketHandover> of(Properties properties) {
    return Optional.ofNullable(properties.getProperty(PROPERTY)).map(EXPECTED::get);
  }

  /** The driver gets this socket to connect. */
  void made(Socket socket) {
    whole = false;
    outer = socket;
    plain = socket;
    if (closed) {
      // The one who connected has given up, which the driver's thread does not know.
      end(socket);
    }
  }

  /** The driver gets this socket to speak through the one that it has connected. */
  void encrypted(Socket socket) {
    whole = true;
    outer = socket;
  }

  /** What the driver reads of the plain socket through; and whoever has it after the driver. */
  InputStream reading(InputStream input) {
    return new FilterInputStream(input) {
      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        return super.read(into, offset, whole ? length : Math.min(1, length));
      }
    };
  }

  /**
   * Takes the connection over from the driver.
   *
   * @param connection that was made with the properties
   */
  WireConnection take(Connection connection) throws SQLException {
    Socket made = plain;
    Socket spoken = outer;
    if (made == null || spoken == null) {
      throw new SQLException("The driver did not use its socket factory");
    }
    whole = true;
    WireConnection wire = new WireConnection(connection, made, spoken);
    taken = true;
    return wire;
  }

  /** Expects it no more. A socket that nobody has taken ends, with whatever still waits for it. */
  @Override
  public void close() {
    EXPECTED.remove(number);
    if (taken) {
      return;
    }
    closed = true;
    Socket made = plain;
    if (made != null) {
      end(made);
    }
  }

  private static void end(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      log.debug("Closing a socket that was not handed over", e);
    }
  }
}
