/** The change stream out of the primary's log. */
@NullMarked
package org.turnout.sync.capture;

import org.jspecify.annotations.NullMarked;
