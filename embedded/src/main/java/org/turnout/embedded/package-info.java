/** Throw-away databases on loopback, for the demo and the tests. */
@NullMarked
package org.turnout.embedded;

import org.jspecify.annotations.NullMarked;
