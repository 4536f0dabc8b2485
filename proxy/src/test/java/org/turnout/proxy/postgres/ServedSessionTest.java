package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.turnout.proxy.postgres.Proxied.ask;
import static org.turnout.proxy.postgres.Proxied.run;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringReader;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.copy.CopyManager;

/** What a client does over the wire behaves as if it were connected to the primary. */
class ServedSessionTest {
  private static Proxied proxied;

  @BeforeAll
  static void start() throws Exception {
    proxied = Proxied.trusting();
  }

  @AfterAll
  static void stop() throws Exception {
    proxied.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"&preferQueryMode=simple", "&prepareThreshold=0", "&prepareThreshold=1", ""})
  void queriesTransactionsAndErrorsAreThoseOfThePrimary(String options) throws Exception {
    try (Connection client = proxied.connect("postgres", "", options)) {
      run(client, "CREATE TEMP TABLE t (a int PRIMARY KEY, b text)");
      client.setAutoCommit(false);
      try (PreparedStatement insert = client.prepareStatement("INSERT INTO t VALUES (?, ?)")) {
        for (int i = 0; i < 200; i++) {
          insert.setInt(1, i);
          insert.setString(2, "x".repeat(i));
          insert.addBatch();
        }
        insert.executeBatch();
      }
      client.rollback();
      assertThat(ask(client, "SELECT count(*) FROM t")).isEqualTo("0");
      client.commit();
      assertThatThrownBy(() -> ask(client, "SELECT 1 / 0"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22012"));
      client.rollback();
      client.setAutoCommit(true);
      assertThat(ask(client, "SHOW server_version_num")).startsWith("14");
      assertThat(client.getMetaData().getDatabaseMajorVersion()).isEqualTo(14);
    }
  }

  @Test
  void textOfManyMegabytesPassesBothWays() throws Exception {
    try (Connection client = proxied.connect()) {
      String text = "y".repeat(16 << 20);
      assertThat(ask(client, "SELECT '" + text + "'")).isEqualTo(text);
    }
  }

  @Test
  void copyPassesBothWaysAndItsErrorsToo() throws Exception {
    try (Connection client = proxied.connect()) {
      run(client, "CREATE TEMP TABLE c (a int)");
      CopyManager copy = client.unwrap(PGConnection.class).getCopyAPI();
      StringBuilder lines = new StringBuilder();
      for (int i = 0; i < 100_000; i++) {
        lines.append(i).append('\n');
      }
      long in = copy.copyIn("COPY c FROM STDIN", new StringReader(lines.toString()));
      assertThat(in).isEqualTo(100_000);
      assertThatThrownBy(() -> copy.copyIn("COPY c FROM STDIN", new StringReader("x\n")))
          .hasMessageContaining("invalid input syntax");
      StringWriter out = new StringWriter();
      assertThat(copy.copyOut("COPY c TO STDOUT", out)).isEqualTo(100_000);
      assertThat(out.toString()).isEqualTo(lines.toString());
      assertThat(ask(client, "SELECT count(*) FROM c")).isEqualTo("100000");
    }
  }

  @Test
  void noticesAndNotificationsArriveByThemselves() throws Exception {
    try (Connection client = proxied.connect();
        Connection other = proxied.connect();
        Statement statement = client.createStatement()) {
      statement.execute("DO $$ BEGIN RAISE NOTICE 'look'; END $$");
      SQLWarning warning = statement.getWarnings();
      assertThat(warning.getMessage()).isEqualTo("look");
      statement.execute("LISTEN news");
      run(other, "NOTIFY news, 'hello'");

      PGNotification[] notes = client.unwrap(PGConnection.class).getNotifications(30_000);

      assertThat(notes).singleElement().extracting(PGNotification::getParameter).isEqualTo("hello");
    }
  }

  @Test
  void aRunningStatementCanBeCancelled() throws Exception {
    try (Connection client = proxied.connect()) {
      assertThat(Cancelling.sleep(client, proxied.blue)).isEqualTo("57014");
      assertThat(ask(client, "SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void aBackendThatIsTerminatedTellsTheClientItself() throws Exception {
    try (Connection client = proxied.connect();
        Connection direct = proxied.blue.connect()) {
      String process = ask(client, "SELECT pg_backend_pid()");
      run(direct, "SELECT pg_terminate_backend(" + process + ", 10000)");

      assertThatThrownBy(() -> ask(client, "SELECT 1"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isIn("57P01", "08006"));
    }
  }

  @Test
  void aClientThatVanishesLeavesNoTransaction() throws Exception {
    proxied.blue.execute("CREATE TABLE locked (a int)");
    Connection client = proxied.connect();
    client.setAutoCommit(false);
    run(client, "LOCK TABLE locked");
    client.abort(Runnable::run);

    // Waits for the lock, which goes with the transaction.
    proxied.blue.execute("DROP TABLE locked");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nowhere", "postgres"})
  void anotherDatabaseThanTheRoutesIsRefusedInTheServersWords(String name) {
    InetSocketAddress address = proxied.address();

    assertThatThrownBy(
            () ->
                java.sql.DriverManager.getConnection(
                    "jdbc:postgresql://127.0.0.1:%d/%s?user=postgres"
                        .formatted(address.getPort(), name)))
        .hasMessageContaining("database \"%s\" does not exist".formatted(name))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("3D000"));
  }

  @Test
  void bytesMayComeOneByOne() throws Exception {
    byte[] start = startup("user", "postgres", "database", proxied.blue.name());
    byte[] query = frame('Q', "SELECT 'drop' || ' by drop'\0");
    try (Socket socket = new Socket()) {
      socket.setTcpNoDelay(true);
      socket.connect(proxied.address());
      InputStream in = socket.getInputStream();
      drip(socket.getOutputStream(), new byte[] {0, 0, 0, 8, 4, (byte) 0xd2, 0x16, 0x2f});
      assertThat(in.read()).isEqualTo('N');
      drip(socket.getOutputStream(), start);
      readUntilReady(in);
      drip(socket.getOutputStream(), query);
      assertThat(readUntilReady(in)).contains("drop by drop");
      drip(socket.getOutputStream(), frame('X', ""));
      assertThat(in.read()).isEqualTo(-1);
    }
  }

  @Test
  void aHugeLengthEndsTheConnectionWithoutAWord() throws Exception {
    try (Socket socket = new Socket()) {
      socket.connect(proxied.address());
      socket.getOutputStream().write(startup("user", "postgres", "database", proxied.blue.name()));
      readUntilReady(socket.getInputStream());
      socket.getOutputStream().write(new byte[] {'Q', (byte) 0xff, 0, 0, 0});

      assertThat(socket.getInputStream().readAllBytes()).isEmpty();
    }
  }

  @Test
  void anAddressInUseIsNamed() throws Exception {
    try (java.net.ServerSocket taken =
        new java.net.ServerSocket(0, 1, java.net.InetAddress.getByName("127.0.0.1"))) {
      PostgresTraffic second = Proxied.onPort(taken.getLocalPort());

      assertThatThrownBy(
              () -> second.open(org.turnout.sync.Standing.INITIAL).get(30, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasMessageContaining("127.0.0.1:" + taken.getLocalPort());
      second.close().get(30, TimeUnit.SECONDS);
    }
  }

  private static void drip(OutputStream out, byte[] bytes) throws Exception {
    for (byte b : bytes) {
      out.write(b);
      out.flush();
    }
  }

  private static byte[] startup(String... pairs) {
    String text = String.join("\0", pairs) + "\0\0";
    java.nio.ByteBuffer bytes = java.nio.ByteBuffer.allocate(8 + text.length());
    return bytes
        .putInt(bytes.capacity())
        .putInt(196608)
        .put(text.getBytes(StandardCharsets.UTF_8))
        .array();
  }

  private static byte[] frame(char type, String body) {
    java.nio.ByteBuffer bytes = java.nio.ByteBuffer.allocate(5 + body.length());
    return bytes
        .put((byte) type)
        .putInt(4 + body.length())
        .put(body.getBytes(StandardCharsets.UTF_8))
        .array();
  }

  private static String readUntilReady(InputStream in) throws Exception {
    java.io.DataInputStream frames = new java.io.DataInputStream(in);
    StringBuilder text = new StringBuilder();
    while (true) {
      byte type = frames.readByte();
      byte[] body = frames.readNBytes(frames.readInt() - 4);
      text.append(new String(body, StandardCharsets.UTF_8));
      if (type == 'Z') {
        return text.toString();
      }
    }
  }
}
