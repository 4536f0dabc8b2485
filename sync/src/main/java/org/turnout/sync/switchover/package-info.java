/** The database half of a change of primary: intent and decision records, fence, arming. */
@NullMarked
package org.turnout.sync.switchover;

import org.jspecify.annotations.NullMarked;
