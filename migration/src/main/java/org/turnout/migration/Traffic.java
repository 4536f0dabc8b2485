package org.turnout.migration;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.turnout.config.Side;
import org.turnout.sync.Standing;

/**
 * The data plane of one route as the migration sees it. No method blocks; futures complete on an
 * event loop, so that a waiter continues elsewhere. Safe for any thread.
 */
public interface Traffic {
  /**
   * Starts to accept clients and serves them by this standing, also those who come after {@link
   * #refuse}; fails with the reason when the address is taken.
   */
  CompletableFuture<Void> open(Standing standing);

  /**
   * Starts to accept clients and refuses each of them with SQLSTATE 57P03 and this sentence, until
   * {@link #open}: it cannot be known yet which side is primary. Fails with the reason when the
   * address is taken.
   */
  CompletableFuture<Void> refuse(String reason);

  /** Share of eligible reads that goes to green, 0 to 100 percent. */
  void readWeight(double percent);

  /**
   * Holds sessions at their next boundary. Completes when every session stands at one; new clients
   * are held too. The caller keeps the deadline: {@link #resume} at any time lets all sessions go
   * on and cancels the future.
   */
  CompletableFuture<Void> pause();

  /** Opens the gate; sessions go on in the order in which they came. */
  void resume();

  /**
   * Opens and authenticates, ahead of a pause, a connection to the other side for each session that
   * has none.
   */
  CompletableFuture<Void> connectAhead();

  /**
   * With the gate paused: brings what each session's backend knows (settings, prepared statements,
   * listening channels) to its connection on the other side. Completes with what cannot be moved;
   * empty when all can.
   *
   * @param limit how long to wait for a session's databases; one whose databases have not answered
   *     by then cannot be moved
   */
  CompletableFuture<List<Immovable>> moveSessions(Duration limit);

  /**
   * With the sessions moved: makes the other side primary for every session, at once and without
   * failing. The gate stays paused until {@link #resume}. Connections to the old primary are ended.
   */
  CompletableFuture<Void> flip(Standing standing);

  /** After an abort: closes connections that were opened ahead and forgets what was moved. */
  void forgetAhead();

  /** The sessions of now, for {@code GET /routes/{r}/sessions} and for the reports of a drain. */
  List<SessionView> sessions();

  /** Counters of now. */
  Figures figures();

  /** Stops accepting and ends all sessions as a server that shuts down does. */
  CompletableFuture<Void> close();

  /**
   * A session that cannot be moved, and why: {@code temporary table}, {@code advisory lock}, {@code
   * held cursor} and their like, or that a database did not answer.
   */
  record Immovable(SessionView session, String reason, String advice) {}

  /**
   * One client.
   *
   * @param id number of the session in this process
   * @param state {@code idle}, {@code active}, {@code in transaction}, {@code paused}, {@code
   *     starting}
   * @param side the side that serves it now
   * @param stateMillis how long it has been in this state; while it is {@code active} or {@code in
   *     transaction}, how long it has been away from its boundary
   */
  record SessionView(
      long id,
      String client,
      String user,
      String database,
      String application,
      String state,
      Side side,
      boolean atBoundary,
      long stateMillis) {}

  /**
   * Counters of one route since the start of the process.
   *
   * @param sessions clients now
   * @param inFlight sessions that are not at a boundary now
   * @param queries query cycles forwarded, by side
   * @param readWaitsFresh reads that waited until the secondary was fresh enough for them
   * @param readWaitsExpired reads that waited in vain, and went to the primary
   * @param bytesIn bytes from clients
   * @param bytesOut bytes to clients
   */
  record Figures(
      int sessions,
      int inFlight,
      long sessionsTotal,
      long queriesBlue,
      long queriesGreen,
      long readWaitsFresh,
      long readWaitsExpired,
      long bytesIn,
      long bytesOut) {}
}
