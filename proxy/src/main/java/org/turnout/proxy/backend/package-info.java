/** Connections to the databases: transport, addresses. */
@NullMarked
package org.turnout.proxy.backend;

import org.jspecify.annotations.NullMarked;
