/** The rules of the house, as tests. */
@NullMarked
package org.turnout.architecture;

import org.jspecify.annotations.NullMarked;
