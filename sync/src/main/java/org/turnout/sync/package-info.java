/**
 * Copy, capture, apply, verify and repair between the two sides of a route: the interfaces that the
 * migration drives.
 */
@NullMarked
package org.turnout.sync;

import org.jspecify.annotations.NullMarked;
