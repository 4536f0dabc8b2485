package org.turnout.protocol.postgres.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.protocol.postgres.ProtocolException;

class PgOutputDecoderTest {
  private static final Instant TIME = Instant.parse("2000-01-01T00:00:01.000002Z");
  private static final String TIME_HEX = "00000000000f4242";
  private static final String ROW_HEX = "0004 74 00000002 6869 6e 75 62 00000001 ff";
  private static final String KEY_HEX = "0002 74 00000001 37 6e";

  static Stream<Arguments> messages() {
    return Stream.of(
        Arguments.of(
            "42 0000000100000002" + TIME_HEX + "fffffffe",
            new PgOutputMessage.Begin(Lsn.parse("1/2"), TIME, new Xid(-2))),
        Arguments.of(
            "43 00 0000000100000002 0000000100000003" + TIME_HEX,
            new PgOutputMessage.Commit(Lsn.parse("1/2"), Lsn.parse("1/3"), TIME)),
        Arguments.of(
            "4f 0000000100000002 6f6e6500", new PgOutputMessage.Origin(Lsn.parse("1/2"), "one")),
        Arguments.of(
            "52 00004001 7300 7400 64 0002 01 696400 00000014 ffffffff 00 6200 00000011 00000005",
            new PgOutputMessage.Relation(
                16385,
                "s",
                "t",
                ReplicaIdentity.DEFAULT,
                List.of(
                    new PgOutputMessage.Column(true, "id", 20, -1),
                    new PgOutputMessage.Column(false, "b", 17, 5)))),
        Arguments.of(
            "59 00004002 00 6d6f6f6400", new PgOutputMessage.Type(16386, "pg_catalog", "mood")),
        Arguments.of("49 00004001 4e" + ROW_HEX, new PgOutputMessage.Insert(16385, tuple(ROW_HEX))),
        Arguments.of(
            "55 00004001 4e" + ROW_HEX, new PgOutputMessage.Update(16385, null, tuple(ROW_HEX))),
        Arguments.of(
            "55 00004001 4b" + KEY_HEX + "4e" + ROW_HEX,
            new PgOutputMessage.Update(
                16385, new PgOutputMessage.OldKey(tuple(KEY_HEX)), tuple(ROW_HEX))),
        Arguments.of(
            "55 00004001 4f" + ROW_HEX + "4e" + ROW_HEX,
            new PgOutputMessage.Update(
                16385, new PgOutputMessage.OldFull(tuple(ROW_HEX)), tuple(ROW_HEX))),
        Arguments.of(
            "44 00004001 4b" + KEY_HEX,
            new PgOutputMessage.Delete(16385, new PgOutputMessage.OldKey(tuple(KEY_HEX)))),
        Arguments.of(
            "44 00004001 4f" + ROW_HEX,
            new PgOutputMessage.Delete(16385, new PgOutputMessage.OldFull(tuple(ROW_HEX)))),
        Arguments.of(
            "54 00000002 02 00000001 00000002",
            new PgOutputMessage.Truncate(List.of(1, 2), false, true)),
        Arguments.of(
            "4d 01 0000000100000002 7475726e6f757400 00000002 0102",
            new PgOutputMessage.LogicalMessage(
                true, Lsn.parse("1/2"), "turnout", new byte[] {1, 2})));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void decodesTheBytesOfTheProtocol(String hex, PgOutputMessage expected) {
    byte[] bytes = bytes(hex);
    byte[] shifted = new byte[bytes.length + 7];
    System.arraycopy(bytes, 0, shifted, 3, bytes.length);

    assertThat(PgOutputDecoder.decode(ByteBuffer.wrap(bytes))).isEqualTo(expected);
    assertThat(PgOutputDecoder.decode(ByteBuffer.wrap(shifted, 3, bytes.length).slice()))
        .isEqualTo(expected);
    assertThat(PgOutputDecoder.decode(direct(shifted, 3, bytes.length))).isEqualTo(expected);
    assertThat(PgOutputDecoder.decode(Unpooled.wrappedBuffer(bytes))).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void everyTruncationIsRefused(String hex, PgOutputMessage expected) {
    byte[] bytes = bytes(hex);
    for (int length = 0; length < bytes.length; length++) {
      ByteBuffer cut = ByteBuffer.wrap(bytes, 0, length);
      assertThatThrownBy(() -> PgOutputDecoder.decode(cut))
          .as("%s cut at %d", expected, length)
          .isInstanceOf(ProtocolException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("messages")
  void bytesTooManyAreRefused(String hex, PgOutputMessage expected) {
    ByteBuffer more = ByteBuffer.wrap(bytes(hex + "00"));
    assertThatThrownBy(() -> PgOutputDecoder.decode(more))
        .as(expected.toString())
        .isInstanceOf(ProtocolException.class);
  }

  @ParameterizedTest
  @MethodSource("messages")
  void noChangedByteGivesAnythingButAMessageOrARefusal(String hex, PgOutputMessage expected) {
    byte[] bytes = bytes(hex);
    for (int at = 0; at < bytes.length; at++) {
      for (int value : new int[] {0, 1, 0x7f, 0x80, 0xff}) {
        byte[] changed = bytes.clone();
        changed[at] = (byte) value;
        try {
          assertThat(PgOutputDecoder.decode(ByteBuffer.wrap(changed))).isNotNull();
        } catch (ProtocolException refusal) {
          assertThat(refusal.getMessage()).isNotBlank();
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(chars = {'S', 'E', 'c', 'A', 'b', 'P', 'K', 'r', 'p'})
  void featuresThatWereNotAskedForAreNamed(char type) {
    ByteBuffer message = ByteBuffer.wrap(new byte[] {(byte) type, 0, 0, 0, 1});
    assertThatThrownBy(() -> PgOutputDecoder.decode(message))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("not asked for");
  }

  @Test
  void valuesAreSlicesOfWhatCame() {
    byte[] bytes = bytes("49 00004001 4e" + ROW_HEX);
    Tuple row = ((PgOutputMessage.Insert) PgOutputDecoder.decode(ByteBuffer.wrap(bytes))).row();

    assertThat(row.size()).isEqualTo(4);
    assertThat(row.array()).isSameAs(bytes);
    assertThat(row.text(0)).isEqualTo("hi");
    assertThat(new String(row.array(), row.offset(0), row.length(0), StandardCharsets.UTF_8))
        .isEqualTo("hi");
    assertThat(row.isNull(1)).isTrue();
    assertThat(row.isUnchanged(2)).isTrue();
    assertThat(row.kind(3)).isEqualTo(Tuple.Kind.BINARY);
    assertThat(row.bytes(3)).containsExactly(0xff);
    assertThat(row.toString()).doesNotContain("hi");
    assertThatThrownBy(() -> row.bytes(1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> row.bytes(2)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> row.text(3)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anEmptyValueIsNotNull() {
    Tuple row = tuple("0002 74 00000000 6e");

    assertThat(row.isNull(0)).isFalse();
    assertThat(row.text(0)).isEmpty();
    assertThat(row.bytes(0)).isEmpty();
    assertThat(row).isNotEqualTo(tuple("0002 6e 6e")).isEqualTo(tuple("0002 74 00000000 6e"));
  }

  @Test
  void bytesThatAreNoTextAreRefusedAndTheReplacementCharacterIsNot() {
    Tuple row = tuple("0003 74 00000003 efbfbd 74 00000002 c3a4 74 00000002 e461");

    assertThat(row.text(0)).isEqualTo("\ufffd");
    assertThat(row.text(1)).isEqualTo("\u00e4");
    assertThatThrownBy(() -> row.text(2))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("not UTF-8");
  }

  private static Tuple tuple(String hex) {
    return Tuple.read(ByteBuffer.wrap(bytes(hex)));
  }

  private static byte[] bytes(String hex) {
    return ByteBufUtil.decodeHexDump(hex.replace(" ", ""));
  }

  private static ByteBuffer direct(byte[] bytes, int offset, int length) {
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length);
    direct.put(bytes).position(offset).limit(offset + length);
    return direct;
  }
}
