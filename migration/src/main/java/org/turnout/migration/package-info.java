/** Phases, blockers, cutover and rollback of a route. */
@NullMarked
package org.turnout.migration;

import org.jspecify.annotations.NullMarked;
