package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.frame.FrontendType;

/**
 * What of a session's state only the client's own words tell, picked from the frames that go on:
 * the unnamed statement and the names of custom settings. Confined to the session's event loop.
 */
final class SessionWords {
  private final UnnamedStatement unnamed;
  private final SettingNames settingNames = new SettingNames();

  /** The frame that goes on is SQL text of which a part is still to come. */
  private boolean cutText;

  SessionWords(ReplyTracker tracker) {
    this.unnamed = new UnnamedStatement(tracker);
  }

  UnnamedStatement unnamed() {
    return unnamed;
  }

  SettingNames settingNames() {
    return settingNames;
  }

  /**
   * A frame goes on, the last that was sent, of which {@code there} bytes of {@code size} are in
   * the buffer.
   */
  void frame(byte type, ByteBuf bytes, int index, int there, int size) {
    int body = index + Frames.HEADER;
    cutText = there < size && (type == FrontendType.QUERY || type == FrontendType.PARSE);
    switch (type) {
      case FrontendType.QUERY -> {
        unnamed.dropped();
        text(bytes, body, index + there);
      }
      case FrontendType.PARSE -> {
        unnamed.parse(bytes, index, there, size);
        text(bytes, body, index + there);
      }
      case FrontendType.BIND -> {
        if (there == size) {
          settingNames.bind(bytes, body, index + size);
        } else {
          settingNames.cutBind();
        }
      }
      case FrontendType.CLOSE -> unnamed.close(bytes, index, there, size);
      default -> {
        // Nothing else tells of it.
      }
    }
  }

  private void text(ByteBuf bytes, int from, int to) {
    if (cutText) {
      settingNames.piece(bytes, from, to);
    } else {
      settingNames.statement(bytes, from, to);
    }
  }

  /** More of the frame that {@link #frame} saw the beginning of. */
  void more(ByteBuf bytes, int index, int count) {
    unnamed.more(bytes, index, count);
    if (cutText) {
      settingNames.more(bytes, index, index + count);
    }
  }
}
