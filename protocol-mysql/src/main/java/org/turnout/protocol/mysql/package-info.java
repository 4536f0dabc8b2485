/** The MySQL and MariaDB wire protocol: packets. Knows no other module. */
@NullMarked
package org.turnout.protocol.mysql;

import org.jspecify.annotations.NullMarked;
