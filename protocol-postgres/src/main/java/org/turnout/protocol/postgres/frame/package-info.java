/** Frames of the PostgreSQL protocol: where a message starts and ends, without looking into it. */
@NullMarked
package org.turnout.protocol.postgres.frame;

import org.jspecify.annotations.NullMarked;
