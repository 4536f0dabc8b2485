/** What is measured: Turnout and its peers as processes of their own, and what they cost. */
@NullMarked
package org.turnout.bench.peer;

import org.jspecify.annotations.NullMarked;
