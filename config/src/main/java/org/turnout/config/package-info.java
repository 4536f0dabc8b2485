/** What the operator declares. Knows no other module. */
@NullMarked
package org.turnout.config;

import org.jspecify.annotations.NullMarked;
