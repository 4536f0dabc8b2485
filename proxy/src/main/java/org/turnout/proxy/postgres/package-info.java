/**
 * Sessions of PostgreSQL clients: startup, pass-through, cancel, and their move to another primary.
 */
@NullMarked
package org.turnout.proxy.postgres;

import org.jspecify.annotations.NullMarked;
