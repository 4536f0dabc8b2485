/** The command {@code bench}: direct, Turnout and its peers side by side, round by round. */
@NullMarked
package org.turnout.bench.measure;

import org.jspecify.annotations.NullMarked;
