/** {@code turnout demo}: a whole migration on embedded databases, under load, with a report. */
@NullMarked
package org.turnout.bench.demo;

import org.jspecify.annotations.NullMarked;
