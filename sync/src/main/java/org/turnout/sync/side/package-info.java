/** One side: its connections, its tables, what of Turnout lies in it, what its catalogue says. */
@NullMarked
package org.turnout.sync.side;

import org.jspecify.annotations.NullMarked;
