package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;

/** A message of the protocol, from either end. Immutable. */
public sealed interface Message permits FrontendMessage, BackendMessage, InitialMessage {
  /** Bytes of the whole frame, header included: exactly what {@link #encode} writes. */
  int size();

  /** Appends the whole frame, header included. */
  void encode(ByteBuf buffer);
}
