package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.Connection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What green has told of an unnamed statement that it alone knows is what the statement gives
 * wherever it is used next, or it is refused as by a server whose tables were changed.
 */
class UnnamedReadTest {
  private static final String STALE = "C0A000";
  private static final String NUMBER = "SELECT a FROM t";

  private Proxied proxied;
  private PreparingClient client;

  @BeforeEach
  void start() throws Exception {
    proxied = PreparingClient.makeTable(Proxied.trusting());
    WhichSide.readAtGreen(proxied);
    client = PreparingClient.beginAtGreen(proxied);
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    proxied.close();
  }

  private void widenGreen() {
    proxied.green.execute("ALTER TABLE t ALTER a TYPE bigint");
  }

  /** A read at green, whose statement is described. */
  private String read(String sql, String... values) throws IOException {
    return client.say(
        WireMessages.parse("", sql),
        WireMessages.describeStatement(""),
        PreparingClient.bind("", values),
        WireMessages.execute("", 0));
  }

  @Test
  void whatGivesTheSameOnThePrimaryServesOn() throws Exception {
    assertThat(read("SELECT name, a FROM side, t")).contains("green");

    assertThat(client.execute("")).contains("blue").doesNotContain("\nT ");
    assertThat(client.execute("")).contains("blue");
  }

  @Test
  void whatGivesSomethingElseOnThePrimaryIsRefusedEachTimeUntilItIsPreparedAgain()
      throws Exception {
    widenGreen();
    assertThat(read(NUMBER)).contains("D 14 ");

    for (int i = 0; i < 3; i++) {
      assertThat(client.execute("")).contains(STALE, "RevalidateCachedQuery").doesNotContain("D ");
    }
    assertThat(client.prepare("", NUMBER)).doesNotContain("E ");
    assertThat(client.execute("")).contains(PreparingClient.INTEGER);
  }

  @Test
  void eachUnitOfTheSameBytesIsRefused() throws Exception {
    widenGreen();
    read(NUMBER);
    byte[] execute = WireMessages.execute("", 0);

    String first =
        client.say(
            PreparingClient.bind(""),
            execute,
            WireMessages.sync(),
            PreparingClient.bind(""),
            execute);

    assertThat(first).contains(STALE).doesNotContain("D ");
    assertThat(client.hear()).contains(STALE).doesNotContain("D ");
  }

  @Test
  void anErrorOfAnEarlierUnitDoesNotEndTheComparison() throws Exception {
    assertThat(read("SELECT name, a FROM side, t")).contains("green");
    byte[] execute = WireMessages.execute("", 0);

    String first =
        client.say(
            PreparingClient.bind("nowhere"),
            WireMessages.sync(),
            PreparingClient.bind(""),
            execute);

    assertThat(first).contains("C26000");
    assertThat(client.hear()).contains("blue").doesNotContain("\nT ", "SERROR");
  }

  @Test
  void aDescriptionOfItsPortalCountsAsWell() throws Exception {
    widenGreen();
    client.say(
        WireMessages.parse("", NUMBER),
        PreparingClient.bind(""),
        WireMessages.describePortal(""),
        WireMessages.execute("", 0));

    assertThat(client.execute("")).contains(STALE).doesNotContain("D ");
    assertThat(client.say(WireMessages.describeStatement(""))).contains(STALE);
  }

  @Test
  void onlyTheLastOneOfAUnitCounts() throws Exception {
    widenGreen();
    client.say(
        WireMessages.parse("", NUMBER),
        WireMessages.describeStatement(""),
        PreparingClient.bind(""),
        WireMessages.execute("", 0),
        WireMessages.parse("", WhichSide.READ),
        PreparingClient.bind(""),
        WireMessages.describePortal(""),
        WireMessages.execute("", 0));

    assertThat(client.execute("")).contains("blue");
  }

  @Test
  void whatTakesSomethingElseOnThePrimaryIsRefused() throws Exception {
    widenGreen();
    assertThat(read("SELECT name FROM side, t WHERE a > $1", "1")).contains("green");

    assertThat(client.execute("", "1")).contains(STALE).doesNotContain("D ");
  }

  @Test
  void whatHasNoColumnOnThePrimaryIsRefusedByIt() throws Exception {
    proxied.green.execute("ALTER TABLE t ADD only_here int");
    client.say(
        WireMessages.parse("", "SELECT only_here FROM t"),
        PreparingClient.bind(""),
        WireMessages.execute("", 0));

    assertThat(client.execute("")).contains("C42703");
  }

  @Test
  void aTransactionFailsByItAndNothingElseIsChanged() throws Exception {
    client.ask("SET search_path = public, t");
    client.readUntilGreen();
    widenGreen();
    read(NUMBER);
    client.say(WireMessages.parse("begin", "BEGIN"), WireMessages.parse("back", "ROLLBACK"));
    client.execute("begin");

    assertThat(client.execute("")).contains(STALE);
    assertThat(client.execute("")).contains("C25P02");
    client.execute("back");

    assertThat(client.execute("")).contains(STALE);
    assertThat(client.ask("SHOW search_path")).contains("public, t");
    assertThat(client.ask("SELECT count(*) FROM pg_prepared_statements WHERE name ~ 'turnout'"))
        .contains("D 7 \\0;\\1;\\0;\\0;\\0;\\1;0");
  }

  @Test
  void whatIsSaidBehindItIsSkippedUpToTheEndOfItsUnit() throws Exception {
    widenGreen();
    read(NUMBER);

    String heard =
        client.say(
            WireMessages.closeStatement("none"),
            WireMessages.sync(),
            PreparingClient.bind(""),
            WireMessages.execute("", 0),
            WireMessages.parse("s", "INSERT INTO t VALUES (8)"),
            PreparingClient.bind("s"),
            WireMessages.execute("", 0));
    assertThat(heard).doesNotContain(STALE);

    assertThat(client.hear()).contains(STALE);
    try (Connection blue = proxied.blue.connect()) {
      assertThat(Proxied.ask(blue, "SELECT count(*) FROM t")).isEqualTo("1");
    }
  }

  @Test
  void whatGreenHasToldIsWhatItGivesOnceGreenIsPrimary() throws Exception {
    read(NUMBER);
    widenGreen();

    proxied.flip();

    assertThat(client.execute("")).contains(STALE).doesNotContain("D ");
  }

  @Test
  void itIsTheSameOnceGreenIsPrimary() throws Exception {
    widenGreen();
    read(NUMBER);

    proxied.flip();

    assertThat(client.execute("")).contains("D 14 ");
  }

  @Test
  void itIsComparedAlsoOnceReadsDoNotGoToGreenAnyMore() throws Exception {
    widenGreen();
    read(NUMBER);
    proxied.traffic.readWeight(0);

    assertThat(client.execute("")).contains(STALE).doesNotContain("D ");
  }
}
