/** Writing the change stream to the other side. */
@NullMarked
package org.turnout.sync.apply;

import org.jspecify.annotations.NullMarked;
