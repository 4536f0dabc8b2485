package org.turnout.protocol.mysql.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.protocol.mysql.PacketException;

class PacketsTest {
  /** COM_QUERY "SELECT 1" as the manual of the protocol lays it out. */
  private static final String QUERY = "090000000353454c4543542031";

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);

  @Test
  void aPayloadIsEncodedBehindItsHeader() {
    ByteBuf out = Unpooled.buffer();
    ByteBuf payload = Unpooled.copiedBuffer("\3SELECT 1", StandardCharsets.US_ASCII);

    assertThat(Packets.encode(payload, 0, out)).isEqualTo(1);
    assertThat(ByteBufUtil.hexDump(out)).isEqualTo(QUERY);
    assertThat(Packets.encodedSize(9)).isEqualTo(13);
  }

  @Test
  void aHeaderIsReadInPlace() {
    ByteBuf buffer = Unpooled.buffer().writeByte(1).writeMediumLE(0x010203).writeByte(0xfe);

    assertThat(Packets.size(buffer, 1)).isEqualTo(0x010203 + 4);
    assertThat(Packets.sequence(buffer, 1)).isEqualTo(254);
    assertThat(Packets.isContinued(buffer, 1)).isFalse();
    assertThat(Packets.size(buffer, 2)).isEqualTo(Packets.INCOMPLETE);
    assertThat(Packets.next(255)).isZero();
  }

  @Test
  void aPayloadComesAtEverySplit() {
    byte[] stream = ByteBufUtil.decodeHexDump(QUERY + QUERY + "00000001");
    for (int split = 0; split <= stream.length; split++) {
      try (PacketDecoder decoder = new PacketDecoder(allocator, 100)) {
        ByteBuf in = Unpooled.buffer().writeBytes(stream, 0, split);
        int payloads = drain(decoder, in);
        in.writeBytes(stream, split, stream.length - split);
        payloads += drain(decoder, in);

        assertThat(payloads).isEqualTo(3);
        assertThat(decoder.sequence()).isEqualTo(1);
        assertThat(in.isReadable()).isFalse();
        in.release();
      }
    }
  }

  private static int drain(PacketDecoder decoder, ByteBuf in) {
    int payloads = 0;
    for (ByteBuf payload = decoder.decode(in); payload != null; payload = decoder.decode(in)) {
      assertThat(payload.readableBytes()).isIn(9, 0);
      payload.release();
      payloads++;
    }
    return payloads;
  }

  @ParameterizedTest
  @CsvSource({"16777214, 1", "16777215, 2", "16777216, 2", "33554430, 3", "33554431, 3"})
  void largePayloadsAreSplitAndJoined(int length, int packets) {
    byte[] bytes = new byte[length];
    bytes[0] = 1;
    bytes[length - 1] = 2;
    ByteBuf out = allocator.heapBuffer();
    int next = Packets.encode(Unpooled.wrappedBuffer(bytes), 254, out);

    assertThat(next).isEqualTo((254 + packets) & 0xff);
    assertThat(out.readableBytes()).isEqualTo(Packets.encodedSize(length));
    assertThat(out.readableBytes()).isEqualTo(length + 4 * packets);
    try (PacketDecoder decoder = new PacketDecoder(allocator, length)) {
      ByteBuf joined = decoder.decode(out);
      assertThat(joined).isNotNull();
      assertThat(joined.readableBytes()).isEqualTo(length);
      assertThat(joined.getByte(0)).isEqualTo((byte) 1);
      assertThat(joined.getByte(length - 1)).isEqualTo((byte) 2);
      assertThat(Packets.next(decoder.sequence())).isEqualTo(next);
      joined.release();
    }
    out.release();
  }

  @ParameterizedTest
  @ValueSource(ints = {11, 0xff_ffff})
  void aPayloadOverTheLimitIsRefusedAtItsHeader(int length) {
    ByteBuf in = Unpooled.buffer().writeMediumLE(length).writeByte(0);
    try (PacketDecoder decoder = new PacketDecoder(allocator, 10)) {
      assertThatThrownBy(() -> decoder.decode(in)).isInstanceOf(PacketException.class);
      decoder.limit(length);
      assertThat(decoder.decode(in)).isNull();
    }
  }

  @Test
  void theLimitCountsAllPartsTogether() {
    ByteBuf in = Unpooled.buffer();
    in.writeMediumLE(Packets.LARGEST_PART).writeByte(0).writeZero(Packets.LARGEST_PART);
    in.writeMediumLE(11).writeByte(1);
    try (PacketDecoder decoder = new PacketDecoder(allocator, Packets.LARGEST_PART + 10)) {
      assertThatThrownBy(() -> decoder.decode(in)).isInstanceOf(PacketException.class);
    }
    assertThat(in.refCnt()).isEqualTo(1);
  }

  @Test
  void aMissingPartIsRefusedAndWhatCameIsReleased() {
    ByteBuf in = Unpooled.buffer();
    in.writeMediumLE(Packets.LARGEST_PART).writeByte(0).writeZero(Packets.LARGEST_PART);
    in.writeMediumLE(1).writeByte(2).writeByte(0);
    PacketDecoder decoder = new PacketDecoder(allocator, Integer.MAX_VALUE);

    assertThatThrownBy(() -> decoder.decode(in))
        .isInstanceOf(PacketException.class)
        .hasMessageContaining("out of order");
    assertThat(in.refCnt()).isEqualTo(2);
    decoder.close();
    assertThat(in.refCnt()).isEqualTo(1);
  }
}
