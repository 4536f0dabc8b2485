package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.turnout.proxy.postgres.WireMessages.query;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.util.Arrays;
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
  private static final int ROW = 100_000;

  /** Several times as much as the system's own buffers take on the way. */
  private static final int ROWS = 600;

  private static final String WAITS = "application_name = 'slow' AND wait_event = 'ClientWrite'";

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
      ServerView.await(route.blue, WAITS);

      assertThat(buffered() - before).isLessThan(MOST_BUFFERED);
      assertThat(rowsUntilReady(client)).isEqualTo(ROWS);
    }
  }

  @Test
  void oneLongRowThatIsNotReadStaysWithTheServer() throws Exception {
    try (WireClient client = client()) {
      long before = buffered();
      client.say(query("SELECT repeat('x', " + ROW * ROWS + ")"));
      ServerView.await(route.blue, WAITS);

      assertThat(buffered() - before).isLessThan(MOST_BUFFERED);
      assertThat(rowsUntilReady(client)).isEqualTo(1);
    }
  }

  @Test
  void aClientThatWritesWithoutReadingIsMadeToWaitAndLosesNothing() throws Exception {
    try (WireClient client = client()) {
      long before = buffered();
      byte[] one = query("SELECT '" + "y".repeat(ROW) + "'");
      byte[][] all = new byte[ROWS][];
      Arrays.fill(all, one);
      CompletableFuture<Void> writing = client.sayMeanwhile(all);
      ServerView.await(route.blue, WAITS);

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

  private static long buffered() {
    return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric().usedDirectMemory();
  }
}
