/** Where a statement may run: what it is, and whether it can only read. */
@NullMarked
package org.turnout.proxy.routing;

import org.jspecify.annotations.NullMarked;
