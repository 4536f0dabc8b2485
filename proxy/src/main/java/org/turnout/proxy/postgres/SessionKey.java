package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.message.BackendKeyData;
import org.turnout.protocol.postgres.message.NotificationResponse;

/**
 * As which process a client knows its session: by the number of its first backend and a secret of
 * Turnout's own, whichever backend serves it later. Confined to the session's event loop.
 */
final class SessionKey {
  private final PostgresSession session;
  private final CancelKeys keys;
  private @Nullable BackendKeyData told;

  SessionKey(PostgresSession session, CancelKeys keys) {
    this.session = session;
    this.keys = keys;
  }

  /** The key that the client is told, once its first backend is there. */
  BackendKeyData give(BackendLink first) {
    BackendKeyData key = keys.add(session, first.process(), session.identity().client().version());
    told = key;
    return key;
  }

  /**
   * Lets a notification that the session itself sent come from the process that it knows.
   *
   * @param there bytes of the frame at {@code index} that are there, header included
   */
  void nameSelf(BackendLink from, ByteBuf bytes, int index, int there) {
    BackendKeyData known = told;
    if (known != null
        && there >= NotificationResponse.PROCESS_WITHIN
        && NotificationResponse.processId(bytes, index) == from.process()) {
      NotificationResponse.processId(bytes, index, known.processId());
    }
  }

  /** The session has ended: nobody cancels by the key any more. */
  void release() {
    if (told != null) {
      keys.remove(told);
    }
  }
}
