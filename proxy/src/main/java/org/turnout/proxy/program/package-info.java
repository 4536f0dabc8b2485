/** The program: what runs, in which order it starts and stops, and the commands for that. */
@NullMarked
package org.turnout.proxy.program;

import org.jspecify.annotations.NullMarked;
