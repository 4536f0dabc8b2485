package org.turnout.protocol.postgres.frame;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.turnout.protocol.postgres.ProtocolException;

/**
 * Any bytes, cut anywhere, are the same frames.
 *
 * <p>Oracle: a plain reading of the whole input, by {@link Frames} alone. The scanner gives the
 * same frames, and refuses at the same frame, whether it gets the bytes at once, in the pieces that
 * the input asks for, or one by one. Every size is within the limits, nothing but a {@link
 * ProtocolException} is thrown, and the buffer's indices stay.
 */
class FrameFuzzTest {
  private static final int LIMIT = 1 << 20;

  /** One frame, or what ends the stream. */
  private record Seen(byte type, int start, int size) {}

  private static final Seen REFUSED = new Seen((byte) 0, -1, -1);

  @FuzzTest
  void typedFramesAreTheSameInAllPieces(byte[] input) {
    check(input, true);
  }

  @FuzzTest
  void startupPacketsAreTheSameInAllPieces(byte[] input) {
    check(input, false);
  }

  private static void check(byte[] input, boolean typed) {
    ByteBuf bytes = Unpooled.wrappedBuffer(input);
    List<Seen> expected = read(bytes, typed);
    assertThat(scan(bytes, typed, new int[] {input.length})).isEqualTo(expected);
    assertThat(scan(bytes, typed, pieces(input))).isEqualTo(expected);
    assertThat(scan(bytes, typed, new int[] {1})).isEqualTo(expected);
    assertThat(bytes.readerIndex()).isZero();
    assertThat(bytes.writerIndex()).isEqualTo(input.length);
  }

  /** The frames that the input holds whole, and whether what is behind them is refused. */
  private static List<Seen> read(ByteBuf bytes, boolean typed) {
    List<Seen> seen = new ArrayList<>();
    int index = 0;
    while (true) {
      int size;
      try {
        size = typed ? Frames.size(bytes, index, LIMIT) : Frames.startupSize(bytes, index);
      } catch (ProtocolException e) {
        seen.add(REFUSED);
        return seen;
      }
      boolean complete = size != Frames.INCOMPLETE && size <= bytes.writerIndex() - index;
      if (typed) {
        assertThat(Frames.isComplete(bytes, index, LIMIT)).isEqualTo(complete);
      }
      if (!complete) {
        return seen;
      }
      int least = typed ? Frames.HEADER : Frames.STARTUP_HEADER + 4;
      assertThat(size).isBetween(least, typed ? LIMIT + 1 : Frames.STARTUP_LIMIT);
      seen.add(new Seen(typed ? Frames.type(bytes, index) : 0, index, size));
      index += size;
    }
  }

  private static List<Seen> scan(ByteBuf bytes, boolean typed, int[] lengths) {
    FrameScanner scanner = typed ? FrameScanner.typed(LIMIT) : FrameScanner.startup();
    List<Seen> seen = new ArrayList<>();
    int index = 0;
    int start = 0;
    for (int piece = 0; index < bytes.writerIndex(); piece++) {
      int end = Math.min(bytes.writerIndex(), index + lengths[piece % lengths.length]);
      while (index < end) {
        int before = index;
        try {
          index = scanner.advance(bytes, index, end);
        } catch (ProtocolException e) {
          seen.add(REFUSED);
          return seen;
        }
        assertThat(index).isGreaterThan(before).isLessThanOrEqualTo(end);
        if (scanner.isBoundary()) {
          int header = typed ? Frames.HEADER : Frames.STARTUP_HEADER;
          assertThat(index - start).isEqualTo(header + scanner.bodyLength());
          seen.add(new Seen(scanner.type(), start, index - start));
          start = index;
        } else {
          assertThat(scanner.isHeaderKnown() && scanner.bodyLeft() == 0).isFalse();
        }
      }
    }
    return seen;
  }

  /** Lengths of pieces, taken from the input itself. */
  private static int[] pieces(byte[] input) {
    int[] lengths = new int[Math.max(1, Math.min(input.length, 16))];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = 1 + (input.length == 0 ? 0 : (input[input.length - 1 - i] & 0x1f));
    }
    return lengths;
  }
}
