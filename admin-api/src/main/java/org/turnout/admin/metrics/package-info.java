/** What Prometheus reads. */
@NullMarked
package org.turnout.admin.metrics;

import org.jspecify.annotations.NullMarked;
