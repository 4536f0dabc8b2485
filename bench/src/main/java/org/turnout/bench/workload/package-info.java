/**
 * An application that notices everything: it remembers what was acknowledged to it, checks what it
 * reads against it, and counts on the client's side only.
 */
@NullMarked
package org.turnout.bench.workload;

import org.jspecify.annotations.NullMarked;
