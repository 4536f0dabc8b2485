package org.turnout.proxy.postgres;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/** Sides that differ in one row, which says where it was read. */
final class WhichSide {
  /** Answers {@code blue} or {@code green}. */
  static final String READ = "SELECT name FROM side";

  private static final long HOUR = Duration.ofHours(1).toNanos();

  private WhichSide() {}

  /** Makes the row on both. */
  static Proxied toldBy(Proxied proxied) {
    proxied.onBoth("CREATE TABLE side (name text)");
    proxied.blue.execute("INSERT INTO side VALUES ('blue')");
    proxied.green.execute("INSERT INTO side VALUES ('green')");
    return proxied;
  }

  /**
   * The same, and all reads may go to green: those of tables that are there by now, for the
   * catalogue is looked at from here on and not again for a while.
   */
  static Proxied readAtGreen(Proxied proxied) {
    toldBy(proxied).traffic.readWeight(100);
    greenIsFresh(proxied);
    return proxied;
  }

  /** Green has everything that will happen within the test. */
  static void greenIsFresh(Proxied proxied) {
    proxied.freshness.advance(System.nanoTime() + HOUR);
  }

  /** The reads of the client go to green by now. */
  static <C extends Connection> C readUntilGreen(C client) throws SQLException {
    while (!Proxied.ask(client, READ).equals("green")) {
      Thread.onSpinWait();
    }
    return client;
  }

  static WireClient readUntilGreen(WireClient client) throws IOException {
    do {
      client.forget();
      client.ask(READ);
    } while (client.heard().stream()
        .noneMatch(frame -> frame.startsWith("D ") && frame.endsWith("green")));
    return client;
  }
}
