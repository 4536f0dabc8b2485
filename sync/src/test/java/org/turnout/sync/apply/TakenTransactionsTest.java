package org.turnout.sync.apply;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.protocol.postgres.replication.Xid;

class TakenTransactionsTest {
  private final TakenTransactions taken = new TakenTransactions();

  private boolean seenBy(String snapshot) {
    return taken.allSeenBy(new SnapshotVisibility(new SourceSnapshot(snapshot, 1_000)));
  }

  @Test
  void aSnapshotThatStillTakesATakenTransactionForRunningIsNotReached() {
    taken.add(new Xid(10), new Lsn(100));
    taken.add(new Xid(12), new Lsn(200));

    assertThat(seenBy("10:13:10")).isFalse();
    assertThat(seenBy("13:13:")).isTrue();
  }

  @Test
  void nothingTakenIsSeenByEverySnapshot() {
    assertThat(seenBy("10:13:10,11")).isTrue();
  }

  @Test
  void whatWasSeenOnceIsNotAskedForAgain() {
    taken.add(new Xid(10), new Lsn(100));

    assertThat(seenBy("11:11:")).isTrue();
    assertThat(seenBy("10:13:10")).isTrue();
  }
}
