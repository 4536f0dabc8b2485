package org.turnout.protocol.postgres.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.protocol.postgres.ProtocolException;

/** The bytes are laid out by hand, after the tables of the manual. */
class ReplicationMessageTest {
  private static final Instant TIME = Instant.parse("2000-01-01T00:00:01.000002Z");
  private static final String XLOG_DATA =
      "77 0000000100000002 0000000100000003 00000000000f4242 49ff";
  private static final String KEEPALIVE = "6b 0000000100000003 00000000000f4242 01";
  private static final String STATUS =
      "64 00000026 72 0000000100000004 0000000100000003 0000000100000002 00000000000f4242 00";

  private static final StandbyStatusUpdate STATUS_UPDATE =
      new StandbyStatusUpdate(Lsn.parse("1/4"), Lsn.parse("1/3"), Lsn.parse("1/2"), TIME, false);

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  private static ReplicationMessage decode(String hex) {
    return ReplicationMessage.decode(ByteBuffer.wrap(bytes(hex)));
  }

  @Test
  void aPieceOfTheLogHasItsPositionsAndItsBytes() {
    assertThat(decode(XLOG_DATA))
        .isEqualTo(
            new ReplicationMessage.XLogData(
                Lsn.parse("1/2"), Lsn.parse("1/3"), TIME, ByteBuffer.wrap(bytes("49ff"))));
  }

  @Test
  void aKeepaliveSaysWhetherAReplyIsWanted() {
    assertThat(decode(KEEPALIVE))
        .isEqualTo(new ReplicationMessage.Keepalive(Lsn.parse("1/3"), TIME, true));
    assertThat(decode("6b 0000000100000003 00000000000f4242 00"))
        .isEqualTo(new ReplicationMessage.Keepalive(Lsn.parse("1/3"), TIME, false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "72",
        "77 0000000100000002 0000000100000003 00000000000f42",
        "6b 0000000100000003 00000000000f4242",
        "6b 0000000100000003 00000000000f4242 0100"
      })
  void whatIsNeitherIsRefused(String hex) {
    assertThatThrownBy(() -> decode(hex)).isInstanceOf(ProtocolException.class);
  }

  @Test
  void aStatusIsWrittenWithTheCopyDataAroundIt() {
    assertThat(STATUS_UPDATE.encode()).isEqualTo(bytes(STATUS)).hasSize(StandbyStatusUpdate.SIZE);
    assertThat(StandbyStatusUpdate.decode(ByteBuffer.wrap(bytes(STATUS)))).isEqualTo(STATUS_UPDATE);
  }

  @Test
  void timesBeforeTheServersEpochAndWishesForAReplySurvive() {
    StandbyStatusUpdate update =
        new StandbyStatusUpdate(
            Lsn.ZERO, Lsn.ZERO, Lsn.ZERO, Instant.parse("1999-12-31T23:59:59.999999Z"), true);

    assertThat(StandbyStatusUpdate.decode(ByteBuffer.wrap(update.encode()))).isEqualTo(update);
  }

  @Test
  void whatIsNoStatusIsRefused() {
    byte[] status = bytes(STATUS);
    assertThatThrownBy(
            () ->
                StandbyStatusUpdate.decode(
                    ByteBuffer.wrap(Arrays.copyOf(status, status.length - 1))))
        .isInstanceOf(ProtocolException.class);
    status[5] = 'h';
    assertThatThrownBy(() -> StandbyStatusUpdate.decode(ByteBuffer.wrap(status)))
        .isInstanceOf(ProtocolException.class);
  }
}
