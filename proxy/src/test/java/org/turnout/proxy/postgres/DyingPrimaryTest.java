package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.turnout.proxy.postgres.WhichSide.READ;
import static org.turnout.proxy.postgres.WhichSide.readUntilGreen;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Blue ends a session while green serves it: the client hears what the server says of that. */
class DyingPrimaryTest {
  private Proxied proxied;

  @BeforeEach
  void start() throws Exception {
    proxied = WhichSide.readAtGreen(Proxied.trusting());
  }

  @AfterEach
  void stop() throws Exception {
    proxied.close();
  }

  @Test
  void itsReasonIsToldInATransactionOnGreen() throws Exception {
    try (WireClient client = new WireClient(proxied.address(), proxied.blue.name()).begin()) {
      readUntilGreen(client);
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
