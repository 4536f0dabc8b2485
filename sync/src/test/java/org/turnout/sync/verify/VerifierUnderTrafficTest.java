package org.turnout.sync.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.SyncConfig;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.SyncException;
import org.turnout.sync.Verification;
import org.turnout.sync.Verification.Difference;
import org.turnout.sync.Verification.Kind;
import org.turnout.sync.apply.ChangedKeys.Changed;
import org.turnout.sync.apply.StreamedPair;

/** The comparison over the real change stream, while rows change and tables are emptied. */
class VerifierUnderTrafficTest {
  private static final Logger log = LoggerFactory.getLogger(VerifierUnderTrafficTest.class);

  /** Rows of the biggest table; a million shows the rate. */
  private static final int ACCOUNTS = Integer.getInteger("turnout.test.accounts", 60_000);

  private static final int PASSES = Integer.getInteger("turnout.test.passes", 5);

  @Test
  void nothingIsFoundToDifferButWhatWasPlanted() throws Exception {
    try (StreamedPair pair =
            new StreamedPair(
                SharedPostgres.database(14),
                SharedPostgres.database(18),
                Traffic.SCHEMA,
                Traffic.rows(ACCOUNTS));
        Verifier verifier =
            new Verifier(
                pair.source,
                pair.target,
                pair.tables,
                pair.stream.gate(),
                pair.changedKeys,
                SyncConfig.DEFAULT,
                Duration.ofMillis(1),
                () -> {})) {
      pair.changedKeys.everything();
      pair.follow();
      Traffic traffic = new Traffic(pair.sourceDatabase, ACCOUNTS, 4);

      for (int pass = 0; pass < PASSES; pass++) {
        long before = traffic.transactions();
        Verification clean = verify(verifier);
        assertThat(clean.differences()).isEmpty();
        assertThat(clean.clean()).isTrue();
        assertThat(traffic.transactions()).as("transactions meanwhile").isGreaterThan(before);
        assertThat(verifier.verifyChanged().differences()).isEmpty();
      }
      plant(pair);
      expectPlanted(verify(verifier));
      expectPlanted(verifier.verifyChanged());

      traffic.stop();
      pair.catchUp();
      expectPlanted(verifier.compareChanged(Duration.ofMinutes(1)));
      repair(pair);
      assertThat(verifier.compareChanged(Duration.ofMinutes(1)).clean()).isTrue();
      assertThat(pair.changedKeys.size()).isZero();
      assertThat(verify(verifier).clean()).isTrue();
    }
  }

  private static Verification verify(Verifier verifier) throws Exception {
    Verification verification = verifier.verify((rows, total, differences) -> {});
    log.info(
        "{} rows compared in {} ms: {} rows/s",
        verification.rowsCompared(),
        verification.durationMillis(),
        verification.rowsCompared() * 1_000 / Math.max(1, verification.durationMillis()));
    return verification;
  }

  private static void plant(StreamedPair pair) {
    pair.targetDatabase.execute(
        """
        UPDATE accounts SET balance = balance + 0.01 WHERE id = 4711;
        DELETE FROM tokens WHERE name = 't17';
        INSERT INTO accounts VALUES (-1, 0, NULL);
        """);
  }

  private static void repair(StreamedPair pair) {
    pair.targetDatabase.execute(
        """
        UPDATE accounts SET balance = balance - 0.01 WHERE id = 4711;
        UPDATE accounts SET balance = trim_scale(balance) WHERE id = 4711;
        INSERT INTO tokens VALUES ('t17', decode(md5('17'), 'hex'));
        DELETE FROM accounts WHERE id = -1;
        """);
  }

  private static void expectPlanted(Verification verification) {
    assertThat(verification.differences())
        .extracting(Difference::key, Difference::kind)
        .containsExactlyInAnyOrder(
            tuple("id=4711", Kind.DIFFERENT),
            tuple("name=t17", Kind.MISSING_ON_SECONDARY),
            tuple("id=-1", Kind.ONLY_ON_SECONDARY));
  }

  @Test
  void interruptedItEndsAndKeepsWhatHadChanged() throws Exception {
    try (StreamedPair pair =
        new StreamedPair(
            SharedPostgres.database(14),
            SharedPostgres.database(18),
            Traffic.SCHEMA,
            Traffic.rows(1_000))) {
      pair.changedKeys.everything();
      pair.follow();
      try (Verifier verifier =
          new Verifier(
              pair.source,
              pair.target,
              pair.tables,
              pair.stream.gate(),
              pair.changedKeys,
              SyncConfig.DEFAULT,
              () -> {})) {
        Thread caller = Thread.currentThread();
        org.assertj.core.api.Assertions.assertThatThrownBy(
                () -> verifier.verify((rows, total, differences) -> caller.interrupt()))
            .isInstanceOf(InterruptedException.class);
        Thread.interrupted();
        assertThat(pair.changedKeys.take().values())
            .hasSize(4)
            .allMatch(Changed.Whole.class::isInstance);
      }
    }
  }

  @Test
  void closedWhileItRunsItFailsAtOnceAndKeepsWhatHadChanged() throws Exception {
    try (StreamedPair pair =
            new StreamedPair(
                SharedPostgres.database(14),
                SharedPostgres.database(18),
                Traffic.SCHEMA,
                Traffic.rows(1_000));
        Connection other = pair.targetDatabase.connect();
        Statement statement = other.createStatement()) {
      pair.changedKeys.everything();
      pair.follow();
      Verifier verifier =
          new Verifier(
              pair.source,
              pair.target,
              pair.tables,
              pair.stream.gate(),
              pair.changedKeys,
              SyncConfig.DEFAULT,
              () -> {});
      other.setAutoCommit(false);
      statement.execute("SELECT pg_advisory_xact_lock(1)");
      pair.targetDatabase.execute(
          """
          CREATE FUNCTION wait() RETURNS int LANGUAGE sql AS 'SELECT pg_advisory_lock(1); SELECT 1';
          ALTER TABLE scratch RENAME TO renamed;
          CREATE VIEW scratch AS SELECT wait() AS id, 'x' AS v;
          """);
      CompletableFuture<Void> begun = new CompletableFuture<>();
      Future<Verification> running;
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        running =
            threads.submit(() -> verifier.verify((rows, total, different) -> begun.complete(null)));
        begun.get();
        verifier.close();
      }
      assertThat(running.state()).isEqualTo(Future.State.FAILED);
      assertThat(running.exceptionNow()).isInstanceOf(SyncException.class);
      assertThat(pair.changedKeys.size()).isEqualTo(Long.MAX_VALUE);
    }
  }
}
