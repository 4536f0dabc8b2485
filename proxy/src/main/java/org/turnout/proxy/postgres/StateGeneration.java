package org.turnout.proxy.postgres;

/**
 * How far a session's state on the primary may have gone on, as numbers that only grow: the one
 * fact that says whether something learned of that state still holds.
 *
 * <p>What passes something of the client on to the primary counts it here first. Who asks the
 * primary for the state keeps the {@link Mark} of that moment, at which nothing of the client is on
 * its way, and believes the answer for as long as the mark says so. Confined to the session's event
 * loop.
 */
final class StateGeneration {
  private long frames;
  private long changes;
  private long statements;

  /** A frame of the client goes to the primary. */
  void frame() {
    frames++;
  }

  /** It may change something that reads depend on, named statements apart. */
  void change() {
    changes++;
  }

  /** It makes a named statement, or closes one. */
  void statement() {
    statements++;
  }

  /** The state of now. */
  Mark mark() {
    return new Mark(this, frames, changes, statements);
  }

  /** A moment in the life of a session. */
  record Mark(StateGeneration of, long frames, long changes, long statements) {
    /** Whether nothing at all of the client has gone to the primary since. */
    boolean isLatest() {
      return frames == of.frames;
    }

    /** Whether all that reads depend on is still so, named statements apart. */
    boolean holds() {
      return changes == of.changes;
    }

    /** Whether the named statements are still so. */
    boolean holdsForStatements() {
      return statements == of.statements;
    }
  }
}
