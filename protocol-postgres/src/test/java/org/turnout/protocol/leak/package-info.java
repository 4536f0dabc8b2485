/** Makes a leaked buffer fail the tests, here and in the modules that take this test jar. */
@NullMarked
package org.turnout.protocol.leak;

import org.jspecify.annotations.NullMarked;
