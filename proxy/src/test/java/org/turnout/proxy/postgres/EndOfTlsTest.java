package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.turnout.proxy.postgres.WireMessages.query;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.config.SideTls;
import org.turnout.config.TlsConfig;
import org.turnout.embedded.SharedPostgres;

/**
 * A client that ends what it says over TLS, and not its connection: that ends in both directions,
 * with what the client said before done.
 */
class EndOfTlsTest {
  @TempDir Path directory;

  private Proxied proxied;
  private WireClient client;

  @BeforeEach
  void start() throws Exception {
    TlsConfig tls = new TestCertificates(directory).route(TlsConfig.Mode.REQUIRE);
    proxied =
        Proxied.between(
            SharedPostgres.server(14),
            SharedPostgres.server(18),
            Proxied.TRUST,
            tls,
            SideTls.DEFAULT);
    proxied.onBoth("CREATE TABLE said (word text)");
    client = new WireClient(proxied.address(), proxied.blue.name()).encrypt();
    client.begin("application_name", "gone");
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    proxied.close();
  }

  private void untilItsSessionIsGone() throws Exception {
    while (!proxied.traffic.sessions().isEmpty()
        || ServerView.has(proxied.blue, "application_name = 'gone'")) {
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "BEGIN"})
  void itsSessionEnds(String before) throws Exception {
    client.ask(before);

    client.sayNoMore();

    client.untilEnd();
    untilItsSessionIsGone();
  }

  @Test
  void whatItSaidBeforeIsDone() throws Exception {
    client.say(query("INSERT INTO said VALUES ('last')"));
    client.sayNoMore();

    client.untilEnd();

    untilItsSessionIsGone();
    try (var blue = proxied.blue.connect()) {
      assertThat(Proxied.ask(blue, "SELECT word FROM said")).isEqualTo("last");
    }
  }

  @Test
  void inAPauseItIsNotKept() throws Exception {
    proxied.traffic.pause().get(30, TimeUnit.SECONDS);
    client.say(query("INSERT INTO said VALUES ('last')"));
    client.sayNoMore();

    client.untilEnd();

    proxied.traffic.resume();
    untilItsSessionIsGone();
  }
}
