package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.turnout.proxy.postgres.WireMessages.query;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.sql.Connection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Whoever does not read makes the other end wait, and nothing is heaped up in between. What is
 * counted is the memory that buffers hold at the moment when the server itself has to wait.
 */
class BackpressureTest {
  private static final long MOST_BUFFERED = 8L << 20;
  private static final int ROWS = 2_000;
  private static final int ROW = 100_000;

  private Proxied route;

  @BeforeEach
  void start() throws Exception {
    route = Proxied.trusting();
  }

  @AfterEach
  void stop() throws Exception {
    route.close();
  }

  @Test
  void aResultThatIsNotReadStaysWithTheServer() throws Exception {
    try (WireClient client = client()) {
      long before = buffered();
      client.say(query("SELECT repeat('x', " + ROW + ") FROM generate_series(1, " + ROWS + ")"));
      awaitServerThatCannotWrite();

      assertThat(buffered() - before).isLessThan(MOST_BUFFERED);
      assertThat(rowsUntilReady(client)).isEqualTo(ROWS);
    }
  }

  @Test
  void oneLongRowThatIsNotReadStaysWithTheServer() throws Exception {
    try (WireClient client = client()) {
      long before = buffered();
      client.say(query("SELECT repeat('x', 200 * 1024 * 1024)"));
      awaitServerThatCannotWrite();

      assertThat(buffered() - before).isLessThan(MOST_BUFFERED);
      assertThat(rowsUntilReady(client)).isEqualTo(1);
    }
  }

  @Test
  void aClientThatWritesWithoutReadingIsMadeToWaitAndLosesNothing() throws Exception {
    try (WireClient client = client()) {
      long before = buffered();
      byte[] one = query("SELECT '" + "y".repeat(ROW) + "'");
      CompletableFuture<Void> writing =
          CompletableFuture.runAsync(
              () -> {
                try {
                  for (int i = 0; i < ROWS; i++) {
                    client.say(one);
                  }
                } catch (java.io.IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      awaitServerThatCannotWrite();

      assertThat(buffered() - before).isLessThan(MOST_BUFFERED);
      int rows = 0;
      for (int i = 0; i < ROWS; i++) {
        rows += rowsUntilReady(client);
      }
      assertThat(rows).isEqualTo(ROWS);
      writing.get(60, TimeUnit.SECONDS);
    }
  }

  private WireClient client() throws Exception {
    return new WireClient(route.address(), route.blue.name()).begin("application_name", "slow");
  }

  private static int rowsUntilReady(WireClient client) throws Exception {
    int rows = 0;
    WireClient.Frame frame = client.hear();
    while (frame.type() != 'Z') {
      assertThat(frame.type()).isNotEqualTo((char) 0);
      rows += frame.type() == 'D' ? 1 : 0;
      client.forget();
      frame = client.hear();
    }
    return rows;
  }

  private void awaitServerThatCannotWrite() throws Exception {
    try (Connection direct = route.blue.connect()) {
      while (!Proxied.ask(
              direct,
              "SELECT count(*) FROM pg_stat_activity"
                  + " WHERE application_name = 'slow' AND wait_event = 'ClientWrite'")
          .equals("1")) {
        Thread.onSpinWait();
      }
    }
  }

  private static long buffered() {
    return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric().usedDirectMemory();
  }
}
