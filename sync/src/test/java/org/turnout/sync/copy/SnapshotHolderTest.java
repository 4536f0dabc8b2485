package org.turnout.sync.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.config.Side;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.SharedPostgres;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.TestSides;

class SnapshotHolderTest {
  private final CopyProgress progress = new CopyProgress(System::nanoTime);

  private String awaitWaiting() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    Optional<String> waiting = progress.view().waiting();
    while (waiting.isEmpty()) {
      assertThat(System.nanoTime()).as("still nothing is said").isLessThan(end);
      Thread.onSpinWait();
      waiting = progress.view().waiting();
    }
    return waiting.get();
  }

  @ParameterizedTest
  @ValueSource(ints = {14, 18})
  void namesTheTransactionsThatTheCopyWaitsFor(int major) throws Exception {
    try (PostgresDatabase database = SharedPostgres.database(major);
        PostgresSide source = TestSides.of(Side.BLUE, database);
        Connection session = database.connect()) {
      String prepared = "gid of " + database.name();
      database.execute("CREATE TABLE item (id int)");
      session.setAutoCommit(false);
      CompletableFuture<String> snapshot = new CompletableFuture<>();
      try (Statement statement = session.createStatement()) {
        statement.execute("INSERT INTO item VALUES (1); PREPARE TRANSACTION '" + prepared + "'");
        statement.execute("SET application_name = 'nightly batch'; SELECT txid_current()");
        Thread.ofVirtual()
            .start(
                () -> {
                  try (SnapshotHolder holder = SnapshotHolder.open(source, progress)) {
                    snapshot.complete(holder.snapshot());
                  } catch (Exception e) {
                    snapshot.completeExceptionally(e);
                  }
                });

        assertThat(awaitWaiting())
            .startsWith("The copy waits for transactions")
            .contains("nightly batch")
            .contains("the prepared transaction " + prepared);
        assertThat(snapshot).isNotDone();
      } finally {
        session.rollback();
        session.setAutoCommit(true);
        try (Statement statement = session.createStatement()) {
          statement.execute("ROLLBACK PREPARED '" + prepared + "'");
        }
      }

      assertThat(snapshot.get(60, TimeUnit.SECONDS)).isNotBlank();
      assertThat(progress.view().waiting()).isEmpty();
    }
  }
}
