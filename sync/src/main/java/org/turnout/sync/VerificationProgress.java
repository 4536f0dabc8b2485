package org.turnout.sync;

/** Told how far a verification is; called from its workers, any thread, often. */
@FunctionalInterface
public interface VerificationProgress {
  /**
   * The state so far.
   *
   * @param rowsTotal the primary's estimate
   */
  void rows(long rowsCompared, long rowsTotal, long differences);
}
