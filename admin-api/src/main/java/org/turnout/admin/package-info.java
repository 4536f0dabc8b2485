/** REST API, metrics and the command line. Talks to the migration only. */
@NullMarked
package org.turnout.admin;

import org.jspecify.annotations.NullMarked;
