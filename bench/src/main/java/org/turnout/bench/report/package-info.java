/** What was measured, as figures, as a table, as JSON and as a page. */
@NullMarked
package org.turnout.bench.report;

import org.jspecify.annotations.NullMarked;
