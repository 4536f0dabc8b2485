/**
 * {@code turnout moves}: sessions that change their backend all the time, for the tests that others
 * wrote.
 */
@NullMarked
package org.turnout.bench.moves;

import org.jspecify.annotations.NullMarked;
