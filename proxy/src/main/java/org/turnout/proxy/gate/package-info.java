/** Holds sessions at their next boundary, and says when all of them stand there. */
@NullMarked
package org.turnout.proxy.gate;

import org.jspecify.annotations.NullMarked;
