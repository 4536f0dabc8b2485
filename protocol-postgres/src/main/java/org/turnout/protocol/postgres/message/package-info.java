/**
 * One record per message of the PostgreSQL protocol, with encoding and decoding in both directions.
 */
@NullMarked
package org.turnout.protocol.postgres.message;

import org.jspecify.annotations.NullMarked;
