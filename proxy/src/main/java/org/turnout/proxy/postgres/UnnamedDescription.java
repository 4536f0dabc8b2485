package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.message.ParameterDescription;
import org.turnout.protocol.postgres.message.RowDescription;

/**
 * What the secondary has told a client of its unnamed statement, in the numbers of the primary.
 *
 * <p>Kept as the frames that the client got, in an array that is used again: nearly always nobody
 * asks for it. Confined to the session's event loop.
 */
final class UnnamedDescription {
  private static final int KEPT = 16 * 1024;

  private byte[] frames = new byte[0];
  private int parametersLength;
  private int columnsLength;

  /**
   * Keeps a copy.
   *
   * @param parameters index of a whole ParameterDescription; negative when there is none
   * @param columns index of a whole RowDescription
   */
  void keep(ByteBuf answer, int parameters, int columns) {
    parametersLength = parameters < 0 ? 0 : size(answer, parameters);
    columnsLength = size(answer, columns);
    int length = parametersLength + columnsLength;
    if (frames.length < length) {
      frames = new byte[Math.max(length, Math.min(KEPT, 2 * length))];
    }
    if (parameters >= 0) {
      answer.getBytes(parameters, frames, 0, parametersLength);
    }
    answer.getBytes(columns, frames, parametersLength, columnsLength);
  }

  private static int size(ByteBuf bytes, int index) {
    return Frames.size(bytes, index, Integer.MAX_VALUE - 1);
  }

  void forget() {
    parametersLength = 0;
    columnsLength = 0;
    if (frames.length > KEPT) {
      frames = new byte[0];
    }
  }

  /** Whether the client was told anything. */
  boolean isThere() {
    return columnsLength > 0;
  }

  /** What the statement gives by it. */
  StatementResult result() {
    return isThere() ? StatementResult.of(columns()) : StatementResult.UNTOLD;
  }

  /**
   * Whether who was told this cannot use what the primary describes.
   *
   * @param parameters of the statement there
   * @param columns of the statement there; null when it gives no rows
   */
  boolean isBrokenBy(ParameterDescription parameters, @Nullable RowDescription columns) {
    if (columns == null
        || !StatementResult.ofOneServer(columns()).equals(StatementResult.ofOneServer(columns))) {
      return true;
    }
    return parametersLength > 0
        && !ofOneServer(parameters()).equals(ofOneServer(parameters.types()));
  }

  /** Types without those that a release has given numbers to: the other side is of another one. */
  private static List<Integer> ofOneServer(List<Integer> types) {
    return types.stream()
        .map(
            type ->
                SessionState.Type.isBuiltIn(type) || SessionState.Type.isOfUsers(type) ? type : -1)
        .toList();
  }

  private RowDescription columns() {
    return RowDescription.decode(Unpooled.wrappedBuffer(frames, parametersLength, columnsLength));
  }

  private List<Integer> parameters() {
    return ParameterDescription.decode(Unpooled.wrappedBuffer(frames, 0, parametersLength)).types();
  }
}
