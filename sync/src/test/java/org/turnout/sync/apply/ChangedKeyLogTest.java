package org.turnout.sync.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.turnout.sync.apply.ChangedKeys.Changed;
import org.turnout.sync.side.Table;

class ChangedKeyLogTest {
  private static final Table ONE = table("one");
  private static final Table TWO = table("two");

  private static Table table(String name) {
    return new Table("public", name, List.of(), List.of("id"), false, 0, 0);
  }

  private static ChangedKeyLog clean(int bound) {
    ChangedKeyLog log = new ChangedKeyLog(List.of(ONE, TWO), bound);
    log.take();
    return log;
  }

  @Test
  void everythingCountsAsChangedInTheBeginning() {
    ChangedKeyLog log = new ChangedKeyLog(List.of(ONE, TWO));

    assertThat(log.size()).isEqualTo(Long.MAX_VALUE);
    assertThat(log.take()).isEqualTo(Map.of(ONE, new Changed.Whole(), TWO, new Changed.Whole()));
    assertThat(log.size()).isZero();
  }

  @Test
  void keepsEachKeyOnceUntilItIsTaken() {
    ChangedKeyLog log = clean(10);
    log.add(ONE, List.of(List.of("1"), List.of("2")));
    log.add(ONE, List.of(List.of("2")));

    assertThat(log.size()).isEqualTo(2);
    assertThat(log.take().get(ONE))
        .isInstanceOfSatisfying(
            Changed.Keys.class,
            keys -> assertThat(keys.keys()).containsExactlyInAnyOrder(List.of("1"), List.of("2")));
    assertThat(log.take()).isEmpty();
  }

  @Test
  void tooManyKeysMakeTheirTableCountAsAWhole() {
    ChangedKeyLog log = clean(2);
    log.add(TWO, List.of(List.of("7")));
    log.add(ONE, List.of(List.of("1"), List.of("2")));

    assertThat(log.size()).isEqualTo(Long.MAX_VALUE);
    assertThat(log.take().get(ONE)).isEqualTo(new Changed.Whole());
  }

  @Test
  void whatIsPutBackIsThereAgain() {
    ChangedKeyLog log = clean(10);
    log.putBack(Map.of(ONE, new Changed.Whole(), TWO, new Changed.Keys(List.of(List.of("3")))));

    assertThat(log.take())
        .isEqualTo(Map.of(ONE, new Changed.Whole(), TWO, new Changed.Keys(List.of(List.of("3")))));
  }

  @Test
  void theLogOfTheNextStreamHoldsWhatTheLastOneHeld() {
    ChangedKeyLog before = clean(10);
    before.add(TWO, List.of(List.of("3")));
    Table three = table("three");
    ChangedKeyLog log = ChangedKeyLog.continuing(List.of(ONE, TWO, three), before);

    assertThat(log.take())
        .isEqualTo(
            Map.of(TWO, new Changed.Keys(List.of(List.of("3"))), three, new Changed.Whole()));
  }
}
