package org.turnout.sync.side;

import java.io.IOException;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells a failure that ends by itself (a server restarts, a connection is cut) from one that needs
 * the operator (disk full, a constraint, missing rights). What is not known to pass counts as
 * needing the operator: trying for ever would hide it. Codes: PostgreSQL manual, appendix A.
 */
public final class Failures {
  /** SQLSTATE of a connection that went: connection_failure. */
  public static final String CONNECTION = "08006";

  /** Conditions outside class 08 that pass without anyone's doing. */
  private static final Set<String> PASSING =
      Set.of(
          "40001", // serialization_failure
          "40P01", // deadlock_detected
          "53300", // too_many_connections
          "55P03", // lock_not_available
          "57P01", // admin_shutdown
          "57P02", // crash_shutdown
          "57P03" // cannot_connect_now: starting up or in recovery
          );

  private Failures() {}

  /** Whether trying again later may succeed without anyone changing anything. */
  public static boolean isTransient(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException refused) {
        String state = state(refused);
        if (state != null) {
          return state.startsWith("08") || PASSING.contains(state);
        }
        if (refused instanceof SQLTransientException
            || refused instanceof SQLRecoverableException) {
          return true;
        }
      } else if (cause instanceof IOException) {
        return true;
      }
    }
    return false;
  }

  /** The SQLSTATE of the first cause that has one. */
  public static @Nullable String state(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException refused && refused.getSQLState() != null) {
        return refused.getSQLState();
      }
    }
    return null;
  }
}
