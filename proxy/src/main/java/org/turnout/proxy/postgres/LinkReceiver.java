package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Who takes what a backend sends: one at a time, changed only between two frames. */
interface LinkReceiver {
  /**
   * Bytes have come. The receiver owns the buffer, and asks the link for more when it wants more.
   */
  void read(BackendLink link, ByteBuf buffer);

  /** The link takes bytes again. */
  void writable();

  /** The connection has ended; nothing more comes. */
  void closed(BackendLink link, @Nullable Throwable cause);
}
