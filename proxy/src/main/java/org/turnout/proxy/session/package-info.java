/** What sessions of every protocol share: lanes, counters, the snapshot of the route. */
@NullMarked
package org.turnout.proxy.session;

import org.jspecify.annotations.NullMarked;
