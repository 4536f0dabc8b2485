package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Blue ends a session while green serves it: the client hears what the server says of that. */
class DyingPrimaryTest {
  private static final long HOUR = Duration.ofHours(1).toNanos();
  private static final String READ = "SELECT name FROM side";

  private Proxied proxied;

  @BeforeEach
  void start() throws Exception {
    proxied = Proxied.trusting();
    proxied.onBoth("CREATE TABLE side (name text)");
    proxied.blue.execute("INSERT INTO side VALUES ('blue')");
    proxied.green.execute("INSERT INTO side VALUES ('green')");
    proxied.traffic.readWeight(100);
    proxied.freshness.advance(System.nanoTime() + HOUR);
  }

  @AfterEach
  void stop() throws Exception {
    proxied.close();
  }

  @Test
  void itsReasonIsToldInATransactionOnGreen() throws Exception {
    try (WireClient client = new WireClient(proxied.address(), proxied.blue.name()).begin()) {
      do {
        client.forget();
        client.ask(READ);
      } while (client.heard().stream().noneMatch(frame -> frame.contains("green")));
      client.ask("BEGIN READ ONLY");
      client.ask(READ);
      client.forget();

      proxied.blue.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE datname = current_database() AND pid <> pg_backend_pid()");
      client.untilEnd();

      assertThat(client.heard())
          .containsExactly(
              "E SFATAL, VFATAL, C57P01, Mterminating connection due to administrator command",
              "end");
    }
  }
}
