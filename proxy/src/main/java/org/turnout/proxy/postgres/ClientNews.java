package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.message.BackendMessage;
import org.turnout.protocol.postgres.message.NoticeResponse;

/**
 * What a client is told that no backend answers to it: what Turnout itself says, what a backend
 * sends while Turnout talks to it, and what is different after a change of primary.
 *
 * <p>Rule: of other values of settings it is told when it has asked for something, before the
 * answer, and not while it rests. Then every driver takes ParameterStatus; a driver that only waits
 * for notifications may know nothing else, and give the connection up. Confined to the session's
 * event loop.
 */
final class ClientNews {
  private final PostgresSession session;
  private final Channel client;

  /**
   * The settings as the client knows them, where a change of primary may have made others of it.
   */
  private @Nullable Map<String, String> told;

  ClientNews(PostgresSession session, Channel client) {
    this.session = session;
    this.client = client;
  }

  void tell(List<BackendMessage> messages) {
    client.writeAndFlush(Encoding.encode(client.alloc(), messages), client.voidPromise());
  }

  /** What a backend sends by itself while Turnout talks to it. */
  void asynchronous(BackendLink from, ByteBuf frame) {
    if (session.isServing() && from == session.primary()) {
      ByteBuf passed = frame.copy();
      if (Frames.type(passed, 0) == BackendType.NOTIFICATION_RESPONSE) {
        session.key().nameSelf(from, passed, 0, passed.readableBytes());
      }
      client.writeAndFlush(passed, client.voidPromise());
    } else if (!session.isServing()
        && Frames.type(frame, frame.readerIndex()) == BackendType.NOTICE_RESPONSE) {
      from.notices().add(NoticeResponse.decode(frame));
    }
  }

  /** Another backend serves the client, which knows the settings of this one. */
  void flipped(BackendLink old) {
    if (told == null) {
      told = old.parameters();
    }
  }

  /** The client has asked for something: it is told first what is different since a flip. */
  void asked() {
    Map<String, String> known = told;
    BackendLink serving = session.primary();
    if (known == null || serving == null) {
      return;
    }
    told = null;
    List<BackendMessage> changes = Welcome.changes(known, serving.parameters());
    if (!changes.isEmpty()) {
      tell(changes);
    }
  }
}
