package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.turnout.proxy.postgres.Proxied.ask;
import static org.turnout.proxy.postgres.Proxied.run;
import static org.turnout.proxy.postgres.WhichSide.READ;
import static org.turnout.proxy.postgres.WhichSide.readUntilGreen;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.turnout.sync.Freshness;

/** A read may wait for green when only the session's own reads on blue are in its way. */
class WaitingReadTest {

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch waits = new CountDownLatch(1);
  private Proxied proxied;
  private Connection client;

  @BeforeEach
  void start() throws Exception {
    start(Duration.ofHours(1));
  }

  private void start(Duration wait) throws Exception {
    proxied = WhichSide.readAtGreen(Proxied.waiting(wait));
    client = readUntilGreen(proxied.connect("postgres", "", "&prepareThreshold=0"));
    proxied.freshness.reset();
    proxied.freshness.advance(System.nanoTime());
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    proxied.close();
    threads.close();
  }

  /** From here on the session has seen something on blue that green is not known to have. */
  private void readOnBlue() throws SQLException {
    client.setAutoCommit(false);
    assertThat(ask(client, READ)).isEqualTo("blue");
    client.commit();
    client.setAutoCommit(true);
  }

  private void countWaits() {
    proxied.freshness.addSampler(
        new Freshness.Sampler() {
          @Override
          public void now() {
            waits.countDown();
          }

          @Override
          public void soon() {}
        });
  }

  private Future<String> beginToWait() throws Exception {
    countWaits();
    Future<String> answer = threads.submit(() -> ask(client, READ));
    assertThat(waits.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(answer.isDone()).isFalse();
    return answer;
  }

  private void greenHasCaughtUp() {
    proxied.freshness.advance(System.nanoTime());
  }

  @Test
  void goesToGreenAsSoonAsGreenHasWhatTheSessionHasSeen() throws Exception {
    readOnBlue();
    Future<String> answer = beginToWait();

    greenHasCaughtUp();

    assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo("green");
    assertThat(ask(client, READ)).isEqualTo("green");
    assertThat(proxied.traffic.figures().readWaitsFresh()).isEqualTo(1);
    assertThat(proxied.traffic.figures().readWaitsExpired()).isZero();
  }

  @Test
  void doesNotWaitForWhatTheSessionHasWritten() throws Exception {
    run(client, "INSERT INTO side VALUES ('more')");
    while (!proxied.traffic.sessions().getFirst().state().equals("idle")) {
      Thread.onSpinWait();
    }
    final long written = System.nanoTime();
    assertThat(ask(client, READ)).isEqualTo("blue");

    proxied.freshness.advance(written);
    Future<String> answer = beginToWait();
    greenHasCaughtUp();

    assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo("green");
  }

  @Test
  void aStatementThatIsNotProvedToReadCountsAsAWrite() throws Exception {
    assertThat(ask(client, "SELECT 'blue' WHERE random() < 2")).isEqualTo("blue");

    assertThat(ask(client, READ)).isEqualTo("blue");
  }

  @Test
  void goesToBlueWhenTheTimeIsOver() throws Exception {
    stopAndStartWith(Duration.ofMillis(1));
    readOnBlue();

    assertThat(ask(client, READ)).isEqualTo("blue");

    assertThat(proxied.traffic.figures().readWaitsExpired()).isEqualTo(1);
    assertThat(proxied.traffic.figures().readWaitsFresh()).isZero();
  }

  @Test
  void neverWaitsWhereThatIsSwitchedOff() throws Exception {
    stopAndStartWith(Duration.ZERO);
    readOnBlue();

    assertThat(ask(client, READ)).isEqualTo("blue");

    assertThat(proxied.traffic.figures().readWaitsExpired()).isZero();
  }

  private void stopAndStartWith(Duration wait) throws Exception {
    client.close();
    proxied.close();
    start(wait);
  }

  @Test
  void aGateThatClosesHoldsAWaitingSessionAsAnyOther() throws Exception {
    readOnBlue();
    Future<String> answer = beginToWait();

    proxied.traffic.pause().get(30, TimeUnit.SECONDS);
    greenHasCaughtUp();
    while (!proxied.traffic.sessions().getFirst().state().equals("paused")) {
      Thread.onSpinWait();
    }
    assertThat(answer.isDone()).isFalse();
    proxied.traffic.resume();

    assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo("green");
  }

  @Test
  void aChangeOfPrimaryEndsTheWait() throws Exception {
    readOnBlue();
    Future<String> answer = beginToWait();

    proxied.flip();

    assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo("green");
    assertThat(proxied.freshness.isAwaited()).isFalse();
  }

  @Test
  void canBeCancelled() throws Exception {
    readOnBlue();
    countWaits();
    try (Statement statement = client.createStatement()) {
      Future<?> answer = threads.submit(() -> statement.executeQuery(READ));
      assertThat(waits.await(30, TimeUnit.SECONDS)).isTrue();

      statement.cancel();

      assertThatThrownBy(() -> answer.get(30, TimeUnit.SECONDS))
          .cause()
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57014"));
    }
    greenHasCaughtUp();
    assertThat(ask(client, READ)).isEqualTo("green");
  }

  @Test
  void aClientThatGoesAwayLeavesNothingBehind() throws Exception {
    readOnBlue();
    beginToWait();

    // It ends what it says first, for which it is answered: maybe before it does not listen either.
    client.abort(Runnable::run);

    while (!proxied.traffic.sessions().isEmpty()) {
      Thread.onSpinWait();
    }
    assertThat(proxied.freshness.isAwaited()).isFalse();
  }

  @Test
  void aRouteThatClosesEndsTheWait() throws Exception {
    readOnBlue();
    Future<String> answer = beginToWait();

    proxied.close();

    assertThatThrownBy(() -> answer.get(30, TimeUnit.SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P01"));
    start();
  }
}
