package org.turnout.protocol.postgres.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.protocol.postgres.ProtocolException;

class FramesTest {
  @Test
  void aHeaderIsReadAtItsIndexAndMovesNothing() {
    ByteBuf buffer =
        Unpooled.buffer().writeLong(0).writeByte('Q').writeInt(9).writeBytes(new byte[5]);

    assertThat(Frames.type(buffer, 8)).isEqualTo(FrontendType.QUERY);
    assertThat(Frames.length(buffer, 8)).isEqualTo(9);
    assertThat(Frames.size(buffer, 8, 100)).isEqualTo(10);
    assertThat(Frames.isComplete(buffer, 8, 100)).isTrue();
    assertThat(buffer.readerIndex()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void fewerBytesThanAHeaderAreIncomplete(int bytes) {
    ByteBuf buffer = Unpooled.buffer().writeByte('Q').writeInt(4).writerIndex(bytes);

    assertThat(Frames.size(buffer, 0, 100)).isEqualTo(Frames.INCOMPLETE);
    assertThat(Frames.isComplete(buffer, 0, 100)).isFalse();
  }

  @Test
  void aFrameWithoutItsLastByteIsNotComplete() {
    ByteBuf buffer = Unpooled.buffer().writeByte('Q').writeInt(6).writeByte('x');

    assertThat(Frames.size(buffer, 0, 100)).isEqualTo(7);
    assertThat(Frames.isComplete(buffer, 0, 100)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 3, 101, Integer.MAX_VALUE})
  void lengthsOutsideTheLimitsAreRefused(int length) {
    ByteBuf buffer = Unpooled.buffer().writeByte('Q').writeInt(length);

    assertThatThrownBy(() -> Frames.size(buffer, 0, 100)).isInstanceOf(ProtocolException.class);
  }

  @Test
  void theLargestLengthDoesNotOverflow() {
    ByteBuf buffer = Unpooled.buffer().writeByte('Q').writeInt(Integer.MAX_VALUE);

    assertThatThrownBy(() -> Frames.size(buffer, 0, Integer.MAX_VALUE))
        .isInstanceOf(ProtocolException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 4, 7, 10_005})
  void startupLengthsOutsideTheLimitsAreRefused(int length) {
    ByteBuf buffer = Unpooled.buffer().writeInt(length);

    assertThatThrownBy(() -> Frames.startupSize(buffer, 0)).isInstanceOf(ProtocolException.class);
  }

  @Test
  void startupPacketsAreMeasuredByTheirFirstField() {
    ByteBuf buffer = Unpooled.buffer().writeInt(10_004);

    assertThat(Frames.startupSize(buffer, 0)).isEqualTo(10_004);
    assertThat(Frames.startupSize(buffer, 1)).isEqualTo(Frames.INCOMPLETE);
  }
}
