package org.turnout.sync.side;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/**
 * A connection that the driver has opened, logged in and then left to us: from here on we speak the
 * protocol ourselves, and nobody asks the driver for anything but its end. Reads wait without a
 * limit unless they are given one; that the other end is gone without a word is noticed by TCP,
 * which gives up after about a quarter of an hour of sending again.
 *
 * <p>One thread reads, and says for how long at most; one writes; the other methods are for any.
 */
public final class WireConnection {
  /**
   * Kept as long as this: the driver closes the socket of a connection that nobody has any more.
   */
  private final Connection connection;

  private final Socket plain;
  private final Socket outer;
  private final InputStream input;
  private final OutputStream output;

  /**
   * @param plain what the system knows
   * @param outer what is spoken through: the same, or TLS over it
   */
  WireConnection(Connection connection, Socket plain, Socket outer) throws SQLException {
    this.connection = connection;
    this.plain = plain;
    this.outer = outer;
    try {
      outer.setSoTimeout(0);
      this.input = outer.getInputStream();
      this.output = outer.getOutputStream();
    } catch (IOException e) {
      throw new SQLException(e.getMessage(), Failures.CONNECTION, e);
    }
  }

  /** How long a read waits for a byte from now on; zero is as long as it takes. */
  public void limitReads(Duration limit) throws IOException {
    outer.setSoTimeout(Math.toIntExact(limit.toMillis()));
  }

  public InputStream input() {
    return input;
  }

  public OutputStream output() {
    return output;
  }

  /** Tells the server that nothing more comes, so that it ends; what it says can still be read. */
  public void endOutput() throws IOException {
    plain.shutdownOutput();
  }

  /** Ends the connection, also from outside: a call that waits fails. */
  public void abort() throws SQLException {
    try {
      // Below TLS, whose end would have to be written and so wait for whoever writes now.
      plain.close();
    } catch (IOException e) {
      throw new SQLException(e.getMessage(), Failures.CONNECTION, e);
    } finally {
      connection.abort(Runnable::run);
    }
  }
}
