/** Password authentication of PostgreSQL, from both ends: SCRAM-SHA-256 and MD5. */
@NullMarked
package org.turnout.protocol.postgres.authentication;

import org.jspecify.annotations.NullMarked;
