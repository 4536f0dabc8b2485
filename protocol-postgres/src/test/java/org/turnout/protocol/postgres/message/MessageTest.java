package org.turnout.protocol.postgres.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.turnout.protocol.postgres.ProtocolException;

/** What holds for every message: {@link Samples} lists them with their bytes. */
class MessageTest {
  record Sample(Message message, String hex, Function<ByteBuf, ? extends Message> decoder) {
    ByteBuf bytes() {
      return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex.replace(" ", "")));
    }

    int lengthField() {
      return message instanceof InitialMessage ? 0 : 1;
    }

    @Override
    public String toString() {
      return message.toString();
    }
  }

  static Stream<Sample> samples() {
    return Samples.all();
  }

  static Stream<Sample> samplesWithoutOpenEnd() {
    return samples().filter(sample -> !(sample.message() instanceof Authentication.Unsupported));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void encodesToTheBytesOfTheProtocol(Sample sample) {
    ByteBuf buffer = Unpooled.buffer(1);
    sample.message().encode(buffer);

    assertThat(ByteBufUtil.hexDump(buffer)).isEqualTo(ByteBufUtil.hexDump(sample.bytes()));
    assertThat(sample.message().size()).isEqualTo(buffer.readableBytes());
  }

  @ParameterizedTest
  @MethodSource("samples")
  void decodesInTheMiddleOfABufferAndStopsBehindItsFrame(Sample sample) {
    ByteBuf buffer = Unpooled.buffer().writeInt(-1).writeBytes(sample.bytes()).writeInt(-1);
    buffer.skipBytes(4);

    assertThat((Object) sample.decoder().apply(buffer)).isEqualTo(sample.message());
    assertThat(buffer.readableBytes()).isEqualTo(4);
  }

  @ParameterizedTest
  @MethodSource("samples")
  void aFrameThatIsNotAllThereIsRefused(Sample sample) {
    int size = sample.bytes().readableBytes();
    for (int cut = 0; cut < size; cut++) {
      ByteBuf buffer = sample.bytes().readSlice(cut);
      assertThatThrownBy(() -> sample.decoder().apply(buffer))
          .isInstanceOf(ProtocolException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void aFrameWhoseLengthCutsItsFieldsIsRefusedOrIsAnotherMessage(Sample sample) {
    int size = sample.bytes().readableBytes();
    for (int cut = 1; cut < size - sample.lengthField() - 4; cut++) {
      ByteBuf buffer = sample.bytes().copy();
      buffer.setInt(sample.lengthField(), size - sample.lengthField() - cut);
      try {
        Message other = sample.decoder().apply(buffer);
        assertThat(other).isNotEqualTo(sample.message());
        assertThat(buffer.readableBytes()).isEqualTo(cut);
      } catch (ProtocolException expected) {
        assertThat(expected).hasMessageNotContaining("Exception");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("samplesWithoutOpenEnd")
  void aFrameLongerThanItsFieldsIsNotTheSameMessage(Sample sample) {
    ByteBuf buffer = Unpooled.buffer().writeBytes(sample.bytes()).writeByte(7);
    buffer.setInt(sample.lengthField(), buffer.readableBytes() - sample.lengthField());
    try {
      assertThat((Object) sample.decoder().apply(buffer)).isNotEqualTo(sample.message());
    } catch (ProtocolException expected) {
      assertThat(expected.getMessage()).isNotBlank();
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void lengthsThatCannotBeAreRefused(Sample sample) {
    for (int length : new int[] {Integer.MIN_VALUE, -1, 0, 3, Integer.MAX_VALUE}) {
      ByteBuf buffer = sample.bytes().copy();
      buffer.setInt(sample.lengthField(), length);
      assertThatThrownBy(() -> sample.decoder().apply(buffer))
          .isInstanceOf(ProtocolException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void noSingleChangedByteGivesAnythingButAMessageOrARefusal(Sample sample) {
    for (int index = 0; index < sample.bytes().readableBytes(); index++) {
      for (int value : new int[] {0, 1, 0x7f, 0x80, 0xff}) {
        ByteBuf buffer = sample.bytes().copy();
        buffer.setByte(index, value);
        try {
          assertThat((Object) sample.decoder().apply(buffer)).isNotNull();
        } catch (ProtocolException expected) {
          assertThat(expected.getMessage()).isNotBlank();
        }
      }
    }
  }
}
