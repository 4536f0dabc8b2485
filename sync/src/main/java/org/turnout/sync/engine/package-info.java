/** The engines that assemble copy, stream, verification and switchover of one route. */
@NullMarked
package org.turnout.sync.engine;

import org.jspecify.annotations.NullMarked;
