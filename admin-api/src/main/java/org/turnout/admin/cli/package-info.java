/** The command line: one class a command, and what they share. */
@NullMarked
package org.turnout.admin.cli;

import org.jspecify.annotations.NullMarked;
