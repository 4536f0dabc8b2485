package org.turnout.sync;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.turnout.config.Side;

/**
 * Moves and compares the data of one route. Every epoch has one stream, from its primary to its
 * secondary; the engine runs the stream of the epoch it was told and prepares the next one for a
 * change of primary.
 *
 * <p>All methods block and throw unless said otherwise; they are called from control threads, never
 * from an event loop. One caller at a time changes things; {@link #status}, {@link #freshness} and
 * {@link #marker} are for any thread.
 */
public interface SyncEngine extends AutoCloseable {

  /**
   * Reads the decision records of both sides and settles what a crash left open: an attempt without
   * a decision is made impossible, its fence lifted and its slot dropped; a decision that was made
   * is rolled forward (the old primary fenced, the old stream removed). Changes nothing where there
   * is nothing of Turnout.
   *
   * @param known what this Turnout last knew, so that an unreachable side cannot hide a newer
   *     decision
   * @throws SyncException when the primary cannot be known: the side that would say is not
   *     reachable, or records contradict. Nothing may be written to either side then
   */
  Settled settle(Standing known) throws SyncException;

  /** What stops or endangers a sync and a cutover, on both sides; both must be reachable. */
  List<Finding> inspect() throws SyncException;

  /**
   * Begins or resumes the stream of the standing's epoch: at epoch 0 schema, copy, indexes, then
   * following; later ones only follow. Returns once what must be durable is, with the work going on
   * in the background. A side that fails afterwards shows as {@link SyncStatus.State#WAITING} and
   * is taken up again when it is back. Idempotent.
   *
   * @throws SyncException with findings, when a blocker stands in the way; nothing is left behind
   *     then
   */
  void start(Standing standing) throws SyncException;

  /** Stops the background work; what is durable stays, so that {@link #start} resumes. */
  void halt();

  /**
   * Removes everything of Turnout from both sides: slots, publications, origins, fences, helper
   * tables. Halts first. Rows stay where they are.
   *
   * @param keepGreenRows false also empties the copied tables of green, so that a later start
   *     begins anew
   */
  void remove(boolean keepGreenRows) throws SyncException;

  /** What the sync does now; never blocks on a database. */
  SyncStatus status();

  /** The freshness of the secondary; one object for the life of the engine. */
  Freshness freshness();

  /**
   * Forgets freshness until the stream of another epoch follows. Called when the primary changes,
   * before sessions go on: the stream of the old epoch still runs, and what it has applied says
   * nothing about the new primary.
   */
  void sealFreshness();

  /**
   * Whether freshness is needed within milliseconds (reads go to the secondary) or only on demand.
   */
  void keepFresh(boolean wanted);

  /**
   * Writes a marker through the primary's log. Completes when it is applied on the secondary, which
   * proves that everything committed before the call is; fails when the stream does.
   */
  CompletableFuture<Void> marker();

  /**
   * Compares every row of every table while traffic runs; differences are located to keys.
   *
   * @throws SyncException when it could not be completed; {@code InterruptedException} ends it
   *     early
   */
  Verification verify(VerificationProgress progress) throws SyncException, InterruptedException;

  /**
   * Compares again the rows that changed since they were last compared, until few are left. Called
   * shortly before a pause, so that the comparison inside it is short.
   */
  Verification verifyChanged() throws SyncException, InterruptedException;

  /**
   * Does all of the database half of a change of primary that can be done outside the pause:
   * reverse slot and publication, sequences, fence prepared, connections open.
   *
   * @param standing the standing of now; the switchover leads to its next epoch and the other side
   * @throws SyncException with findings when it cannot be done; nothing is left behind then
   */
  Switchover prepareSwitchover(Standing standing) throws SyncException;

  /**
   * Control-plane questions about one side: verifiers, catalogue for read routing. Lives as long as
   * the engine.
   */
  SideCatalogue catalogue(Side side);

  /** Halts and closes all connections. */
  @Override
  void close();
}
