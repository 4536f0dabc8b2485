package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.message.TransactionStatus;

/**
 * Conversations as strings: capital and small letters are the type bytes of frames, {@code >}
 * before those of the client, {@code <} before those of the server; {@code h} is a Flush that says
 * more than a Flush does, {@code Z} is ready and idle, {@code Y} ready inside a transaction.
 */
class ReplyTrackerTest {
  private final ReplyTracker tracker = new ReplyTracker();

  private void run(String conversation) {
    boolean client = true;
    for (char c : conversation.toCharArray()) {
      switch (c) {
        case '>' -> client = true;
        case '<' -> client = false;
        case ' ' -> {}
        default -> {
          if (client) {
            tracker.sent((byte) (c == 'h' ? 'H' : c), c == 'h' ? 6 : 5);
          } else {
            reply(c);
          }
        }
      }
    }
  }

  private void reply(char c) {
    switch (c) {
      case 'Z' -> tracker.ready(TransactionStatus.IDLE);
      case 'Y' -> tracker.ready(TransactionStatus.IN_TRANSACTION);
      case 'E' -> tracker.error(false, false);
      case 'X' -> tracker.error(false, true);
      default -> tracker.received((byte) c);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ">Q <TDDCZ",
        ">Q <TDCTDCZ",
        ">Q <IZ",
        ">Q <EZ",
        ">Q <CY >Q <CZ",
        ">Qh <G >dc <CZ",
        ">Qhdc <GCZ",
        ">QP <GXZ",
        ">PEh <1G >dcS <CZ",
        ">h <E >S <Z",
        ">PhBS <1EZ",
        ">PBDES <12TDDCZ",
        ">PDSBES <1tTZ2DCZ",
        ">PDH <1tn >BES <2CZ",
        ">PBEPBES <12C12CZ",
        ">PBES PBES <12CZ 12CZ",
        ">PBES PBES <EZ 12CZ",
        ">BES <2Ds Z",
        ">CS <3Z",
        ">S <Z",
        ">F <VZ",
        ">F <EZ",
        ">Q <NASTDNCAZ",
        "<NAS",
        // an error: everything up to Sync is skipped, simple queries too
        ">PBQS <EZ",
        ">PBEQS <12CCZZ",
        ">PBEQS <12CEZZ",
        ">PH <E >BES <Z",
        ">PH <E >Q >S <Z",
        // COPY
        ">Q <G >ddc <CZ",
        ">Q <G >ddf <EZ",
        ">Q <G >d <E >dc <Z",
        ">Q <G >d <EZ >dc",
        ">Q <HddcCZ",
        ">Q <G >dHSdc <CZ",
        // pipelined by libpq: the Sync sent with the statement is ignored during the COPY
        ">PBDES <12nG >ddcS <CZ",
        ">PBDESddcS <12nGCZ",
        ">PBEH <12G >dc <C >S <Z",
        ">PBES <12G >d <E >dcS <Z",
        // the COPY failed before the server met that Sync
        ">PBES <12G <EZ >dcS <Z",
        // the end of a COPY that never began
        ">Qc <EZ",
        ">PBEcS <12CZ",
        // up to version 13: what has no place in a COPY fails it and is not answered itself
        ">Q <G >PCS <XZ3Z",
        ">QPCS <GXZ3Z",
        ">Q <G >Q <XZ",
        ">QQQ <GXZCZ",
        ">Q <G >F <XZ",
        ">PBEPBES <12GXZ",
        ">PBES <12G >PS <XZ",
        ">QSPCS <GXZ3Z",
        ">QddcQddc <GCZGCZ",
        ">Q <G >dc <G >dSSc <CZ",
        // the COPY has failed before
        ">Q <G >dPCS <EZ13Z",
        // an error of the same kind that nothing is misplaced in
        ">QPS <XZ1Z",
      })
  void aConversationThatIsOverStandsAtTheBoundary(String conversation) {
    run(conversation);

    assertThat(tracker.atBoundary()).isTrue();
    assertThat(tracker.isInsideUnit()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    ">Q, false",
    ">Q <T, false",
    ">PBES, false",
    ">P, true",
    ">P <1, true",
    ">PH <1, true",
    ">PH <E, true",
    ">Q <CY, true",
    ">Q <CY >Q, false",
    ">Q <G, true",
    ">Q <G >c, false",
    ">PBES <12G, true",
    ">PBES <12G >c, true",
    ">PBES <12G >c <C, true",
    ">PBES PBES <12CZ, false",
    ">PBEQS <12CCZ, false",
    ">F, false",
  })
  void inBetweenItDoesNotAndTheClientGoesOnOnlyInsideAUnit(String conversation, boolean inside) {
    run(conversation);

    assertThat(tracker.atBoundary()).isFalse();
    assertThat(tracker.isInsideUnit()).isEqualTo(inside);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<Z", "<C", "<1", "<T", "<G", "<E", "<V", "<R", ">Q <1", ">Q <V", ">Q <CZZ", ">S <1",
        ">S <C", ">P <Z", ">PS <11", ">F <C", ">Q <K"
      })
  void aReplyThatNobodyExpectsIsRefused(String conversation) {
    assertThatThrownBy(() -> run(conversation)).isInstanceOf(ProtocolException.class);
  }

  @Test
  void theServerMayEndTheConnectionAtAnyTime() {
    tracker.error(true, false);

    assertThat(tracker.atBoundary()).isTrue();
  }

  @Test
  void hundredsOfUnitsMayBeInFlight() {
    for (int i = 0; i < 500; i++) {
      run(">PBDES");
    }
    for (int i = 0; i < 499; i++) {
      run("<12TCZ");
      assertThat(tracker.atBoundary()).isFalse();
    }
    run("<12TCZ");

    assertThat(tracker.atBoundary()).isTrue();
  }

  @Test
  void aFailedTransactionIsNoBoundary() {
    tracker.sent((byte) 'Q', 5);
    tracker.error(false, false);
    tracker.ready(TransactionStatus.FAILED);

    assertThat(tracker.atBoundary()).isFalse();
    assertThat(tracker.isInsideUnit()).isTrue();
  }
}
