/** The data plane and the program's main. */
@NullMarked
package org.turnout.proxy;

import org.jspecify.annotations.NullMarked;
