package org.turnout.sync.side;

import java.net.Socket;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;

/**
 * Brings the socket of one connection from our factories, which the driver makes by name on a
 * thread of its own, to the one who connects. The driver hands over text only, hence the way by a
 * number in its properties. Of several sockets, as when the driver tries without TLS what did not
 * work with it, the last one counts: the driver goes on with that.
 */
final class SocketHandover implements AutoCloseable {
  private static final String PROPERTY = "turnoutHandover";
  private static final Map<String, SocketHandover> EXPECTED = new ConcurrentHashMap<>();
  private static final AtomicLong NUMBERS = new AtomicLong();

  private final String number = Long.toString(NUMBERS.incrementAndGet());
  private volatile @Nullable Socket plain;
  private volatile @Nullable Socket outer;

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
    outer = socket;
    plain = socket;
  }

  /** The driver gets this socket to speak through the one that it has connected. */
  void encrypted(Socket socket) {
    outer = socket;
  }

  /**
   * Takes the connection over from the driver.
   *
   * @param connection that was made with the properties
   */
  WireConnection take(Connection connection) throws SQLException {
    // What the server may have said unasked is read to its end, so that nothing is left in the
    // driver's buffer and what comes next begins with a message.
    connection.unwrap(PGConnection.class).getNotifications();
    Socket made = plain;
    Socket spoken = outer;
    if (made == null || spoken == null) {
      throw new SQLException("The driver did not use its socket factory");
    }
    return new WireConnection(connection, made, spoken);
  }

  @Override
  public void close() {
    EXPECTED.remove(number);
  }
}
