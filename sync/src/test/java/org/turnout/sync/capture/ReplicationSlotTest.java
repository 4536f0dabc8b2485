package org.turnout.sync.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.config.Side;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.Epoch;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.TestSides;

/**
 * A slot waits for old transactions while it is made: what is seen of it, and its end, until then.
 */
class ReplicationSlotTest {
  private static final StreamName NAME = new StreamName(TestSides.ROUTE, new Epoch(77));

  private PostgresDatabase database = SharedPostgres.database(14);
  private PostgresSide side = TestSides.of(Side.BLUE, database);
  private ReplicationSlot slot = new ReplicationSlot(side, NAME);

  @AfterEach
  void close() {
    side.close();
    database.close();
  }

  private void on(int major) {
    close();
    database = SharedPostgres.database(major);
    side = TestSides.of(Side.BLUE, database);
    slot = new ReplicationSlot(side, NAME);
  }

  /** A transaction that has an identity and does not end. */
  private Connection oldTransaction() throws SQLException {
    Connection connection = database.connect();
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT txid_current()");
    }
    return connection;
  }

  /** What a Turnout that was killed leaves: a server process that goes on making the slot. */
  private CompletableFuture<Optional<String>> making() {
    CompletableFuture<Optional<String>> ended = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                database.execute(
                    "SELECT pg_create_logical_replication_slot('" + NAME + "', 'pgoutput')");
                ended.complete(Optional.empty());
              } catch (RuntimeException e) {
                ended.complete(Optional.of(String.valueOf(e.getMessage())));
              }
            });
    return ended;
  }

  private static void await(Supplier<Boolean> condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.get()) {
      assertThat(System.nanoTime()).as("waited for long enough").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private Optional<ReplicationSlot.State> state() {
    try {
      return slot.state();
    } catch (SyncException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {14, 18})
  void slotThatIsStillBeingMadeIsSeenAndCanBeDropped(int major) throws Exception {
    on(major);
    try (Connection old = oldTransaction()) {
      CompletableFuture<Optional<String>> ended = making();
      await(() -> state().isPresent());

      assertThat(state().orElseThrow().confirmed()).isEmpty();
      assertThat(state().orElseThrow().lost()).isFalse();
      slot.drop();

      assertThat(ended.get()).as("the process that made it was ended").isPresent();
      assertThat(state()).isEmpty();
      old.rollback();
    }
  }

  @Test
  void makingThatIsInterruptedIsCalledOffAtTheServer() throws Exception {
    try (Connection old = oldTransaction()) {
      CompletableFuture<Void> waiting = new CompletableFuture<>();
      CompletableFuture<Optional<Exception>> outcome = new CompletableFuture<>();
      Thread maker =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      slot.create(Duration.ofMinutes(5), who -> waiting.complete(null));
                      outcome.complete(Optional.empty());
                    } catch (SyncException | InterruptedException e) {
                      outcome.complete(Optional.of(e));
                    }
                  });
      waiting.get();
      maker.interrupt();

      assertThat(outcome.get()).get().isInstanceOf(InterruptedException.class);
      assertThat(state()).isEmpty();
      old.rollback();
    }
  }

  @Test
  void makingThatTakesTooLongNamesWhoWasWaitedForAndLeavesNothing() throws Exception {
    try (Connection old = oldTransaction()) {
      assertThatThrownBy(() -> slot.create(Duration.ofMillis(600), who -> {}))
          .isInstanceOf(SyncException.class)
          .hasMessageContaining("because transactions did not end")
          .hasMessageContaining("idle in transaction");

      assertThat(state()).isEmpty();
      old.rollback();
    }
  }

  @Test
  void slotOfSomeoneElseStaysWhenItsNameIsTaken() throws Exception {
    slot.create(Duration.ofMinutes(1), who -> {});

    assertThatThrownBy(() -> slot.create(Duration.ofMinutes(1), who -> {}))
        .isInstanceOf(SyncException.class);

    assertThat(state()).isPresent();
    slot.drop();
    assertThat(state()).isEmpty();
  }
}
