package org.turnout.protocol.postgres.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.protocol.postgres.ProtocolException;

class FrameScannerTest {
  private static final List<String> FRAMES = List.of("P@0:11", "S@11:16", "d@16:121", "Q@121:126");

  @Test
  void everySplitGivesTheSameFrames() {
    ByteBuf stream = stream();
    int end = stream.writerIndex();
    for (int first = 0; first <= end; first++) {
      for (int second = first; second <= end; second++) {
        assertThat(scan(FrameScanner.typed(200), stream, first, second, end))
            .as("split at %d and %d", first, second)
            .isEqualTo(FRAMES);
      }
    }
  }

  @Test
  void singleBytesGiveTheSameFrames() {
    ByteBuf stream = stream();
    int[] ends = new int[stream.writerIndex()];
    for (int i = 0; i < ends.length; i++) {
      ends[i] = i + 1;
    }

    assertThat(scan(FrameScanner.typed(200), stream, ends)).isEqualTo(FRAMES);
  }

  @Test
  void whatIsMissingOfAFrameIsKnown() {
    FrameScanner scanner = FrameScanner.typed(200);
    ByteBuf stream = stream();

    assertThat(scanner.isBoundary()).isTrue();
    assertThat(scanner.advance(stream, 0, 3)).isEqualTo(3);
    assertThat(scanner.isBoundary()).isFalse();
    assertThat(scanner.isHeaderKnown()).isFalse();
    assertThat(scanner.advance(stream, 3, 7)).isEqualTo(7);
    assertThat(scanner.isHeaderKnown()).isTrue();
    assertThat(scanner.bodyLength()).isEqualTo(6);
    assertThat(scanner.bodyLeft()).isEqualTo(4);
    assertThat(scanner.advance(stream, 7, 100)).isEqualTo(11);
    assertThat(scanner.isBoundary()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 3, 201, Integer.MAX_VALUE})
  void lengthsOutsideTheLimitsAreRefusedAtEverySplit(int length) {
    ByteBuf stream = Unpooled.buffer().writeByte('Q').writeInt(length);
    for (int split = 0; split < 5; split++) {
      int at = split;
      assertThatThrownBy(() -> scan(FrameScanner.typed(200), stream, at, 5))
          .isInstanceOf(ProtocolException.class);
    }
  }

  @Test
  void theLimitCanChangeBetweenFrames() {
    FrameScanner scanner = FrameScanner.typed(4);
    ByteBuf stream =
        Unpooled.buffer().writeByte('S').writeInt(4).writeByte('Q').writeInt(5).writeByte(0);

    assertThat(scanner.advance(stream, 0, 11)).isEqualTo(5);
    scanner.limit(5);
    assertThat(scanner.advance(stream, 5, 11)).isEqualTo(11);
    assertThat(scanner.isBoundary()).isTrue();
  }

  @Test
  void startupPacketsHaveNoType() {
    ByteBuf stream =
        Unpooled.buffer().writeInt(8).writeInt(80877103).writeInt(9).writeInt(3 << 16).writeByte(0);
    for (int split = 0; split <= 17; split++) {
      assertThat(scan(FrameScanner.startup(), stream, split, 17))
          .containsExactly("\0@0:8", "\0@8:17");
    }
  }

  @Test
  void aStartupPacketWithoutCodeIsRefused() {
    ByteBuf stream = Unpooled.buffer().writeInt(7).writeInt(0);

    assertThatThrownBy(() -> FrameScanner.startup().advance(stream, 0, 8))
        .isInstanceOf(ProtocolException.class);
  }

  private static ByteBuf stream() {
    ByteBuf buffer = Unpooled.buffer();
    buffer.writeByte('P').writeInt(10).writeBytes(new byte[6]);
    buffer.writeByte('S').writeInt(4);
    buffer.writeByte('d').writeInt(104).writeBytes(new byte[100]);
    buffer.writeByte('Q').writeInt(4);
    return buffer;
  }

  private static List<String> scan(FrameScanner scanner, ByteBuf stream, int... ends) {
    List<String> frames = new ArrayList<>();
    int start = 0;
    int index = 0;
    for (int end : ends) {
      while (index < end) {
        index = scanner.advance(stream, index, end);
        if (scanner.isBoundary()) {
          frames.add((char) scanner.type() + "@" + start + ":" + index);
          start = index;
        }
      }
    }
    return frames;
  }
}
