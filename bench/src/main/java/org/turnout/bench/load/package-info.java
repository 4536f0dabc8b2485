/**
 * The load generator: clients that speak the wire protocol with bytes made beforehand, all on one
 * event loop, so that they take as little of the machine as a client can.
 */
@NullMarked
package org.turnout.bench.load;

import org.jspecify.annotations.NullMarked;
