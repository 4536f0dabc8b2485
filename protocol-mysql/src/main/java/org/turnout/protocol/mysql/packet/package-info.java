/** Packets of the MySQL protocol: where a payload starts and ends, without looking into it. */
@NullMarked
package org.turnout.protocol.mysql.packet;

import org.jspecify.annotations.NullMarked;
