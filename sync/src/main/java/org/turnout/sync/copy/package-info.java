/** The initial rows: schema, chunks, indexes, sequences. */
@NullMarked
package org.turnout.sync.copy;

import org.jspecify.annotations.NullMarked;
