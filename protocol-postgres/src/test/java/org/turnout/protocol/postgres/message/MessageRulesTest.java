package org.turnout.protocol.postgres.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.protocol.postgres.ProtocolException;

class MessageRulesTest {
  @Test
  void theDatabaseIsTheRolesNameWhenNoneWasNamed() {
    StartupMessage message = new StartupMessage(ProtocolVersion.V3_0, Map.of("user", "ann"));

    assertThat(message.database()).isEqualTo("ann");
  }

  @ParameterizedTest
  @ValueSource(ints = {2 << 16, 4 << 16, 0, -1})
  void onlyMajorVersionThreeIsSpoken(int version) {
    ByteBuf buffer = Unpooled.buffer().writeInt(9).writeInt(version).writeByte(0);

    assertThatThrownBy(() -> InitialMessage.decode(buffer))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("unsupported frontend protocol");
  }

  @Test
  void aNameThatIsNotUtf8IsRefusedBeforeItDecidesAnything() {
    byte[] latin = "user\0Zo\u00eb\0\0".getBytes(StandardCharsets.ISO_8859_1);
    ByteBuf buffer =
        Unpooled.buffer().writeInt(8 + latin.length).writeInt(3 << 16).writeBytes(latin);

    assertThatThrownBy(() -> InitialMessage.decode(buffer)).isInstanceOf(ProtocolException.class);
  }

  @Test
  void aNameWithoutValueIsRefused() {
    byte[] body = "user\0".getBytes(StandardCharsets.US_ASCII);
    ByteBuf buffer = Unpooled.buffer().writeInt(8 + body.length).writeInt(3 << 16).writeBytes(body);

    assertThatThrownBy(() -> InitialMessage.decode(buffer)).isInstanceOf(ProtocolException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 257})
  void cancelKeysHaveFourTo256Bytes(int length) {
    assertThatThrownBy(() -> new SecretKey(new byte[length])).isInstanceOf(ProtocolException.class);
  }

  @Test
  void secretsAreNotShown() {
    assertThat(new BackendKeyData(1, new SecretKey(new byte[] {65, 66, 67, 68})).toString())
        .doesNotContain("65", "ABCD");
    assertThat(new PasswordMessage("hunter2").toString()).doesNotContain("hunter2");
    assertThat(new SaslResponse("p=proof").toString()).doesNotContain("proof");
    assertThat(new SaslInitialResponse("M", "n=nonce").toString()).doesNotContain("nonce");
  }

  @Test
  void aStringWithAZeroIsNeverWritten() {
    assertThatThrownBy(() -> new Query("a\0b").encode(Unpooled.buffer()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatTurnoutReportsCanBeSentWhateverItQuotes() {
    ByteBuf buffer = Unpooled.buffer();
    ErrorResponse.fatal("28000", "it said \0").detail("\0").hint("a\0b").encode(buffer);

    Report report = ErrorResponse.decode(buffer).report();

    assertThat(report.message()).isEqualTo("it said \ufffd");
    assertThat(report.field(Report.HINT)).isEqualTo("a\ufffdb");
  }

  @Test
  void theNamesOfABindAreReadWhateverItsFormats() {
    ByteBuf buffer = Unpooled.buffer();
    buffer.writeByte('B').writeInt(4 + 2 + 3 + 2 + 2 + 2 + 4 + 8 + 4);
    buffer.writeBytes("p\0s1\0".getBytes(StandardCharsets.US_ASCII));
    buffer.writeShort(1).writeShort(1).writeShort(1).writeInt(8).writeLong(42);
    buffer.writeShort(1).writeShort(1);
    ByteBuf copy = buffer.copy();

    assertThat(Bind.names(buffer)).isEqualTo(new Bind.Names("p", "s1"));
    assertThat(buffer.isReadable()).isFalse();
    assertThatThrownBy(() -> Bind.decode(copy)).isInstanceOf(ProtocolException.class);
  }

  @Test
  void aCountThatTheFrameCannotHoldIsRefusedBeforeAnythingIsAllocated() {
    ByteBuf row = Unpooled.buffer().writeByte('D').writeInt(6).writeShort(0xffff);
    ByteBuf options = Unpooled.buffer().writeByte('v').writeInt(12).writeInt(0).writeInt(1 << 30);

    assertThatThrownBy(() -> DataRow.decode(row)).isInstanceOf(ProtocolException.class);
    assertThatThrownBy(() -> NegotiateProtocolVersion.decode(options))
        .isInstanceOf(ProtocolException.class);
  }

  @Test
  void aBackendMessageThatNobodyAsksForIsRefused() {
    ByteBuf buffer = Unpooled.buffer().writeByte('V').writeInt(8).writeInt(-1);

    assertThatThrownBy(() -> BackendMessage.decode(buffer)).isInstanceOf(ProtocolException.class);
  }

  @Test
  void anErrorInAnotherEncodingIsStillAnError() {
    byte[] body = "SERREUR\0C28000\0Mr\u00f4le\0\0".getBytes(StandardCharsets.ISO_8859_1);
    ByteBuf buffer = Unpooled.buffer().writeByte('E').writeInt(4 + body.length).writeBytes(body);

    Report report = ErrorResponse.decode(buffer).report();

    assertThat(report.sqlState()).isEqualTo("28000");
    assertThat(report.severity()).isEqualTo("ERREUR");
    assertThat(report.message()).isEqualTo("r\ufffdle");
    assertThat(report.field(Report.HINT)).isNull();
  }

  @Test
  void theStatusIsReadInPlace() {
    ByteBuf buffer = Unpooled.buffer().writeByte(0);
    new ReadyForQuery(TransactionStatus.FAILED).encode(buffer);

    assertThat(ReadyForQuery.status(buffer, 1)).isEqualTo(TransactionStatus.FAILED);
  }

  @Test
  void aStatementTakes65535Parameters() {
    Parse parse = new Parse("", "x", java.util.Collections.nCopies(65_535, 23));
    ByteBuf buffer = Unpooled.buffer();
    parse.encode(buffer);

    assertThat(Parse.decode(buffer)).isEqualTo(parse);
    assertThatThrownBy(() -> new Parse("", "x", java.util.Collections.nCopies(65_536, 23)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(List.of(parse.parameterTypes().size())).containsExactly(65_535);
  }
}
