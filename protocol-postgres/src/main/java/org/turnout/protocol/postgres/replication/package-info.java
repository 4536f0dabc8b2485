/** Logical replication: positions, transaction ids and the messages of the pgoutput plugin. */
@NullMarked
package org.turnout.protocol.postgres.replication;

import org.jspecify.annotations.NullMarked;
