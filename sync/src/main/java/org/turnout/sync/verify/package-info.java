/** Proof that both sides are equal. */
@NullMarked
package org.turnout.sync.verify;

import org.jspecify.annotations.NullMarked;
