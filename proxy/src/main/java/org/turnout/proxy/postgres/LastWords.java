package org.turnout.proxy.postgres;

import java.util.List;
import org.turnout.config.Side;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.message.BackendMessage;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.ReadyForQuery;
import org.turnout.protocol.postgres.message.TransactionStatus;

/** What a client is told when Turnout, and not its server, has to say why something ends. */
final class LastWords {
  /** {@code admin_shutdown}: what drivers and pools take as a reason to connect again. */
  private static final String SHUTDOWN = "57P01";

  /** {@code serialization_failure}: what applications answer by trying again. */
  private static final String REPEATABLE = "40001";

  private static final String QUERY_CANCELED = "57014";

  private static final String INTERNAL = "XX000";

  private LastWords() {}

  static List<BackendMessage> shutDown() {
    return List.of(
        ErrorResponse.fatal(SHUTDOWN, "terminating connection due to administrator command"));
  }

  /** {@code idle_session_timeout}. */
  static List<BackendMessage> idle() {
    return List.of(
        ErrorResponse.fatal("57P05", "terminating connection due to idle-session timeout"));
  }

  /** A read was lost half way; the session goes on. */
  static List<BackendMessage> readLost(Side side, TransactionStatus status) {
    return List.of(
        ErrorResponse.error(
            REPEATABLE, "the connection to the " + side.word() + " database was lost"),
        new ReadyForQuery(status));
  }

  /** The client cancelled a unit that no server had begun; as a server says it. */
  static List<BackendMessage> cancelled() {
    return List.of(
        ErrorResponse.error(QUERY_CANCELED, "canceling statement due to user request"),
        new ReadyForQuery(TransactionStatus.IDLE));
  }

  static List<BackendMessage> violation(ProtocolException why) {
    return List.of(
        ErrorResponse.fatal(ProtocolException.SQLSTATE, String.valueOf(why.getMessage())));
  }

  /** Why a backend could not be had. */
  static ErrorResponse refusal(Throwable failure) {
    return failure instanceof BackendException refusal
        ? refusal.answer()
        : ErrorResponse.fatal(INTERNAL, "internal error of the proxy");
  }
}
