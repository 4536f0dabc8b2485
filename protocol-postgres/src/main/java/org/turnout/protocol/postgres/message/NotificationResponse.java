package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.frame.Frames;

/**
 * NotificationResponse: someone called NOTIFY.
 *
 * <pre>Byte1 'A' | Int32 length | Int32 process id | String channel | String payload</pre>
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-NOTIFICATIONRESPONSE">NotificationResponse</a>
 */
public record NotificationResponse(int processId, String channel, String payload)
    implements BackendMessage {
  /** Bytes of a frame that have its process id. */
  public static final int PROCESS_WITHIN = Frames.HEADER + Integer.BYTES;

  public static NotificationResponse decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, BackendType.NOTIFICATION_RESPONSE);
    NotificationResponse message =
        new NotificationResponse(reader.int32(), reader.string(), reader.string());
    reader.end();
    return message;
  }

  /** The process id of the frame at {@code index}, read in place. */
  public static int processId(ByteBuf buffer, int index) {
    return buffer.getInt(index + Frames.HEADER);
  }

  /** Sets the process id of the frame at {@code index}. */
  public static void processId(ByteBuf buffer, int index, int processId) {
    buffer.setInt(index + Frames.HEADER, processId);
  }

  @Override
  public int size() {
    return 9 + FrameWriter.size(channel) + FrameWriter.size(payload);
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, BackendType.NOTIFICATION_RESPONSE, size());
    buffer.writeInt(processId);
    FrameWriter.string(buffer, channel);
    FrameWriter.string(buffer, payload);
  }
}
