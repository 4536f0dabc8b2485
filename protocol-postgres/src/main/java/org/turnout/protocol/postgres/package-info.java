/**
 * The PostgreSQL wire protocol: frames, messages, authentication, pgoutput. Knows no other module.
 */
@NullMarked
package org.turnout.protocol.postgres;

import org.jspecify.annotations.NullMarked;
