package org.turnout.protocol.postgres.frame;

/**
 * Type bytes of the messages that a client sends.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-message-formats.html">Message
 *     formats</a>
 */
public final class FrontendType {
  public static final byte BIND = 'B';
  public static final byte CLOSE = 'C';
  public static final byte COPY_DATA = 'd';
  public static final byte COPY_DONE = 'c';
  public static final byte COPY_FAIL = 'f';
  public static final byte DESCRIBE = 'D';
  public static final byte EXECUTE = 'E';
  public static final byte FLUSH = 'H';
  public static final byte FUNCTION_CALL = 'F';
  public static final byte PARSE = 'P';
  public static final byte QUERY = 'Q';
  public static final byte SYNC = 'S';
  public static final byte TERMINATE = 'X';

  /**
   * PasswordMessage, SASLInitialResponse, SASLResponse and GSSResponse share one type; which it is
   * follows from the Authentication message it answers.
   */
  public static final byte PASSWORD = 'p';

  private FrontendType() {}
}
