package org.turnout.sync.engine;

import org.turnout.sync.apply.ChangedKeyLog;
import org.turnout.sync.side.Definitions;

/**
 * What a change of primary hands on to the stream of the next epoch, so that rows that are known to
 * be equal need no other comparison.
 *
 * @param changedKeys those of the stream that has just ended, after both sides were found equal
 * @param definitions what the new primary's catalogue said before the change: from then on nothing
 *     that happens to its tables goes unnoticed
 */
record Inherited(ChangedKeyLog changedKeys, Definitions definitions) {}
