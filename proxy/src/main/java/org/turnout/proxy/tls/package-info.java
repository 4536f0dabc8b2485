/** TLS on the sockets of clients and databases, whatever their protocol. */
@NullMarked
package org.turnout.proxy.tls;

import org.jspecify.annotations.NullMarked;
