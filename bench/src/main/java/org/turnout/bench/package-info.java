/** The demo and the measurements. */
@NullMarked
package org.turnout.bench;

import org.jspecify.annotations.NullMarked;
