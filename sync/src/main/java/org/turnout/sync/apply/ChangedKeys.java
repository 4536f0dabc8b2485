package org.turnout.sync.apply;

import java.util.List;
import java.util.Map;
import org.turnout.sync.side.Table;

/**
 * The keys that the stream changed since they were last compared. Filled by the applier (old and
 * new key of every change, recorded before the change is committed on the target), emptied by the
 * verification. Bounded: a table with more changed keys than the bound counts as changed as a
 * whole. Keys are lost with the process, so after a start every table counts as changed until a
 * complete verification was clean. Any thread.
 */
public interface ChangedKeys {
  /**
   * Takes all changed keys away; changes from now on are recorded anew. To be called while the
   * applier is held, or on the way into a comparison that reads both sides later.
   */
  Map<Table, Changed> take();

  /** Puts keys back whose comparison could not be completed or found a difference. */
  void putBack(Map<Table, Changed> keys);

  /** Marks every table as changed as a whole. */
  void everything();

  /** Number of keys recorded now; {@link Long#MAX_VALUE} when some table counts as a whole. */
  long size();

  /** What changed in one table. */
  sealed interface Changed {
    /** Too many, or unknown: the whole table. */
    record Whole() implements Changed {}

    /** Each key as the text values of {@link Table#key()}, in that order. */
    record Keys(List<List<String>> keys) implements Changed {}
  }
}
