package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.BackendType;

/** A typed message that a server sends. */
public sealed interface BackendMessage extends Message
    permits Authentication,
        BackendKeyData,
        BackendSignal,
        CommandComplete,
        DataRow,
        ErrorResponse,
        NegotiateProtocolVersion,
        NoticeResponse,
        NotificationResponse,
        ParameterDescription,
        ParameterStatus,
        ReadyForQuery,
        RowDescription {

  /**
   * Decodes the message at the reader index, which must be complete, and moves behind it.
   *
   * @throws ProtocolException when it is malformed, or of a type that Turnout never asks a server
   *     for (COPY, function calls)
   */
  static BackendMessage decode(ByteBuf buffer) {
    if (!buffer.isReadable()) {
      throw new ProtocolException("truncated message");
    }
    byte type = buffer.getByte(buffer.readerIndex());
    return switch (type) {
      case BackendType.AUTHENTICATION -> Authentication.decode(buffer);
      case BackendType.BACKEND_KEY_DATA -> BackendKeyData.decode(buffer);
      case BackendType.COMMAND_COMPLETE -> CommandComplete.decode(buffer);
      case BackendType.DATA_ROW -> DataRow.decode(buffer);
      case BackendType.ERROR_RESPONSE -> ErrorResponse.decode(buffer);
      case BackendType.NEGOTIATE_PROTOCOL_VERSION -> NegotiateProtocolVersion.decode(buffer);
      case BackendType.NOTICE_RESPONSE -> NoticeResponse.decode(buffer);
      case BackendType.NOTIFICATION_RESPONSE -> NotificationResponse.decode(buffer);
      case BackendType.PARAMETER_DESCRIPTION -> ParameterDescription.decode(buffer);
      case BackendType.PARAMETER_STATUS -> ParameterStatus.decode(buffer);
      case BackendType.READY_FOR_QUERY -> ReadyForQuery.decode(buffer);
      case BackendType.ROW_DESCRIPTION -> RowDescription.decode(buffer);
      default -> BackendSignal.of(type).decode(buffer);
    };
  }
}
