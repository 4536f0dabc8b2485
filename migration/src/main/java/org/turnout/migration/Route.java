package org.turnout.migration;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.turnout.config.RouteName;
import org.turnout.sync.Finding;

/**
 * What an operator can do with one route. Every call is idempotent, may come from any thread, and
 * returns the resulting state; calls that change things are taken one after the other.
 */
public interface Route {
  RouteName name();

  RouteState state();

  List<Traffic.SessionView> sessions();

  Traffic.Figures figures();

  RouteState reads(double greenPercent) throws RefusedException;

  RouteState mirror(String mode) throws RefusedException;

  /** Holds traffic by hand; returns when paused. The gate opens by itself after the deadline. */
  RouteState pause(Duration deadline) throws RefusedException;

  RouteState resume() throws RefusedException;

  /** Starts or resumes copy and follow; returns once it runs, see {@link RouteState#sync}. */
  RouteState startSync() throws RefusedException;

  /**
   * Stops the sync and removes what it made on both sides, rows on green included. When it is
   * refused in part it is to be repeated; the sync cannot be started before.
   */
  RouteState stopSync() throws RefusedException;

  /** Starts one comparison of both sides if none runs; see {@link RouteState#verification}. */
  RouteState verify() throws RefusedException;

  /** Makes green primary; blocks until switched or aborted. */
  SwitchReport cutover(Duration maxPause) throws RefusedException;

  /** Makes blue primary again; blocks until switched or aborted. */
  SwitchReport rollback(Duration maxPause) throws RefusedException;

  /**
   * Removes everything of Turnout from both sides; the primary of now stays. When it is refused in
   * part it is to be repeated.
   */
  RouteState finish() throws RefusedException;

  /** Is told the new state after every change, on a control thread. Close the handle to end it. */
  AutoCloseable onChange(Consumer<RouteState> listener);

  /** The operation may not or cannot be done now. */
  final class RefusedException extends Exception {
    private final transient List<Finding> reasons;
    private final boolean inPart;

    /** Nothing was changed. */
    public RefusedException(String message, List<Finding> reasons) {
      this(message, reasons, false);
    }

    private RefusedException(String message, List<Finding> reasons, boolean inPart) {
      super(message);
      this.reasons = List.copyOf(reasons);
      this.inPart = inPart;
    }

    /** It failed on the way: a part of it was done and stays done. To be repeated. */
    public static RefusedException inPart(String message, List<Finding> reasons) {
      return new RefusedException(message, reasons, true);
    }

    /** Each reason by name with its advice, possibly none. */
    public List<Finding> reasons() {
      return reasons;
    }

    /** Whether a part of it was done; otherwise nothing was changed. */
    public boolean inPart() {
      return inPart;
    }
  }
}
