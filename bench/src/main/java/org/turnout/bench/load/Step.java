package org.turnout.bench.load;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One round trip: the bytes that a client sends at once, and what has to come back before it is
 * over. The bytes live as long as the process and are only read.
 *
 * @param request whole frames
 * @param copyData what to send when the server asks for the data of a COPY, with its CopyDone
 * @param ready how many times the server says that it is ready
 * @param commands how many commands it completes
 * @param rows how many rows, or lines of a COPY, it sends
 */
record Step(ByteBuf request, @Nullable ByteBuf copyData, int ready, int commands, int rows) {
  Step(ByteBuf request, int commands, int rows) {
    this(request, null, 1, commands, rows);
  }
}
