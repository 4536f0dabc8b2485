/**
 * What TLS means to the protocol beyond the encryption: keys and certificates as operators keep
 * them, whose certificates are believed, and what binds a password exchange to a connection.
 */
@NullMarked
package org.turnout.protocol.postgres.tls;

import org.jspecify.annotations.NullMarked;
