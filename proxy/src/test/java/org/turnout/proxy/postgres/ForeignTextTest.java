package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.turnout.proxy.postgres.Proxied.ask;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.turnout.migration.Traffic;
import org.turnout.protocol.postgres.message.Bind;
import org.turnout.protocol.postgres.message.Describe;
import org.turnout.protocol.postgres.message.Execute;
import org.turnout.protocol.postgres.message.FrontendSignal;
import org.turnout.protocol.postgres.message.Target;

/** What a client of another character set than UTF-8 has prepared is never changed on its way. */
class ForeignTextTest {
  private static final long HOUR = 3_600_000_000_000L;
  private static final String WRITE = "INSERT INTO word VALUES ('caf\u00e9')";

  private Proxied proxied;
  private ScriptedClient client;

  @BeforeEach
  void start() throws Exception {
    proxied = Proxied.trusting();
    proxied.onBoth("CREATE TABLE word (name text)");
    client = ScriptedClient.connect(proxied, Map.of("client_encoding", "LATIN1"));
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    proxied.close();
  }

  private void parse(String name, String sql) throws Exception {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.writeBytes((name + "\0" + sql + "\0\0\0").getBytes(StandardCharsets.ISO_8859_1));
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write('P');
    frame.writeBytes(java.nio.ByteBuffer.allocate(4).putInt(4 + body.size()).array());
    frame.writeBytes(body.toByteArray());
    frame.writeBytes(ScriptedClient.bytes(FrontendSignal.SYNC));
    client.send(frame.toByteArray());
    client.answer();
  }

  @Test
  void aNamedStatementKeepsItsSessionFromBeingMoved() throws Exception {
    parse("S1", WRITE);
    proxied.traffic.connectAhead().get(30, TimeUnit.SECONDS);
    proxied.traffic.pause().get(30, TimeUnit.SECONDS);

    assertThat(proxied.traffic.moveSessions(Duration.ofSeconds(30)).get(30, TimeUnit.SECONDS))
        .extracting(Traffic.Immovable::reason)
        .containsExactly("state in another character set than UTF-8");

    proxied.traffic.resume();
    proxied.traffic.forgetAhead();
    assertThat(client.execute("S1")).containsExactly("INSERT 0 1");
  }

  @Test
  void theUnnamedStatementIsMovedAsItIs() throws Exception {
    parse("", WRITE);

    proxied.flip();

    assertThat(client.execute("")).containsExactly("INSERT 0 1");
    try (Connection green = proxied.green.connect()) {
      assertThat(ask(green, "SELECT name FROM word")).isEqualTo("caf\u00e9");
    }
  }

  @Test
  void aNamedReadIsTheSameOnGreen() throws Exception {
    proxied.onBoth("INSERT INTO word VALUES ('caf\u00e9')");
    proxied.freshness.advance(System.nanoTime() + HOUR);
    proxied.traffic.readWeight(100);
    parse("S1", "SELECT name FROM word");
    long none = proxied.traffic.figures().queriesGreen();
    while (proxied.traffic.figures().queriesGreen() == none) {
      assertThat(client.execute("S1")).contains("caf\u00e9");
    }
    parse("S2", "SELECT name FROM word WHERE name = 'caf\u00e9'");

    long before = proxied.traffic.figures().queriesGreen();
    client.send(
        new Bind("", "S2", List.of()),
        new Describe(Target.PORTAL, ""),
        new Execute("", 0),
        FrontendSignal.SYNC);
    assertThat(client.answer()).contains("caf\u00e9");
    assertThat(proxied.traffic.figures().queriesGreen()).isEqualTo(before + 1);
  }
}
