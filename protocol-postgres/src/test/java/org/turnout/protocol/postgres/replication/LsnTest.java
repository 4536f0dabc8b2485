package org.turnout.protocol.postgres.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LsnTest {
  @ParameterizedTest
  @ValueSource(strings = {"0/0", "16/B374D848", "FFFFFFFF/FFFFFFFF", "1/A"})
  void textIsAsServersPrintIt(String text) {
    assertThat(Lsn.parse(text)).hasToString(text);
  }

  @Test
  void bothHalvesCount() {
    assertThat(Lsn.parse("1/2").value()).isEqualTo(0x1_0000_0002L);
    assertThat(Lsn.parse("00000001/0000000a")).isEqualTo(new Lsn(0x1_0000_000aL));
  }

  @Test
  void orderIsUnsigned() {
    Lsn low = Lsn.parse("7FFFFFFF/0");
    Lsn high = Lsn.parse("80000000/0");

    assertThat(high).isGreaterThan(low).isGreaterThan(Lsn.ZERO);
    assertThat(high.isAfter(low)).isTrue();
    assertThat(low.isAfter(low)).isFalse();
    assertThat(Lsn.max(low, high)).isEqualTo(high);
    assertThat(Lsn.max(high, low)).isEqualTo(high);
    assertThat(Lsn.parse("1/10").minus(Lsn.parse("0/FFFFFFF0"))).isEqualTo(32);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "1/", "/1", "12", "1/2/3", "g/0", "-1/0", "+1/0", "100000000/0"})
  void anythingElseIsRefused(String text) {
    assertThatThrownBy(() -> Lsn.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "100, 120, 100",
    "120, 100, 120",
    "5, 4294967300, 4294967301",
    "4294967295, 4294967300, 4294967295",
    "2, 8589934590, 8589934594",
    "4294967290, 8589934594, 8589934586"
  })
  void aTransactionIdIsExtendedToTheNearest(long low, long nearby, long full) {
    assertThat(new Xid((int) low).extend(nearby)).isEqualTo(full);
    assertThat(new Xid((int) low)).hasToString(Long.toString(low));
  }
}
