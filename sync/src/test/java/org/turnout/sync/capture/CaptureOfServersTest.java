package org.turnout.sync.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.config.Address;
import org.turnout.config.HostPort;
import org.turnout.config.Secret;
import org.turnout.config.Side;
import org.turnout.config.SideConfig;
import org.turnout.config.SideTls;
import org.turnout.config.SideTls.Mode;
import org.turnout.config.SideTls.Roots;
import org.turnout.config.SocketFile;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.PostgresServer;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.protocol.postgres.replication.PgOutputMessage;
import org.turnout.sync.Epoch;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.Failures;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Tables;
import org.turnout.sync.side.TestSides;

/** Reading a stream of real servers, over every kind of connection that the driver makes. */
@Timeout(180)
class CaptureOfServersTest {
  private static final StreamName NAME = new StreamName(TestSides.ROUTE, new Epoch(8));
  private static final Duration NEVER = Duration.ofDays(1);

  @TempDir static Path directory;
  private static Path roots;
  private static PostgresServer server;

  @BeforeAll
  static void startServer() throws Exception {
    X509Bundle authority =
        builder("CN=Authority").setIsCertificateAuthority(true).buildSelfSigned();
    roots = Files.writeString(directory.resolve("roots.crt"), authority.getCertificatePEM());
    X509Bundle own = builder("CN=x").addSanDnsName("localhost").buildIssuedBy(authority);
    Path chain = Files.writeString(directory.resolve("own.crt"), own.getCertificatePathPEM());
    Path key = Files.writeString(directory.resolve("own.key"), own.getPrivateKeyPEM());
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    server =
        PostgresServer.builder(18)
            .accessRules("local all all trust", "host all all 127.0.0.1/32 scram-sha-256")
            .setting("ssl", "on")
            .setting("ssl_cert_file", chain.toString())
            .setting("ssl_key_file", key.toString())
            .setting("unix_socket_directories", directory.toString())
            .start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  private static CertificateBuilder builder(String subject) {
    return new CertificateBuilder().algorithm(Algorithm.ecp256).subject(subject);
  }

  enum Way {
    TCP(Mode.DISABLE, false),
    TLS(Mode.VERIFY_FULL, false),
    DIRECT_TLS(Mode.VERIFY_FULL, true),
    UNIX(Mode.DISABLE, false);

    private final Mode mode;
    private final boolean direct;

    Way(Mode mode, boolean direct) {
      this.mode = mode;
      this.direct = direct;
    }

    PostgresSide side(PostgresDatabase database) {
      int port = database.server().port();
      Address address =
          this == UNIX ? new SocketFile(directory, port) : new HostPort("localhost", port);
      Roots trusted = mode == Mode.DISABLE ? new Roots.None() : new Roots.File(roots);
      return new PostgresSide(
          TestSides.ROUTE,
          Side.BLUE,
          new SideConfig(
              address,
              database.name(),
              PostgresServer.SUPERUSER,
              Optional.of(new Secret(database.server().superuserPassword())),
              new SideTls(mode, trusted, Optional.empty(), direct)));
    }
  }

  /** A slot for all tables of a database, of which there is one. */
  private record Source(PostgresDatabase database, PostgresSide side, Lsn start)
      implements AutoCloseable {
    static Source of(PostgresServer server, Way way) throws Exception {
      PostgresDatabase database = PostgresDatabase.create(server, "stream_" + way.ordinal());
      database.execute("CREATE TABLE item (content text)");
      database.execute("ALTER TABLE item REPLICA IDENTITY FULL");
      PostgresSide side = way.side(database);
      try (Connection connection = side.control()) {
        Publication.create(side, NAME, Tables.load(connection));
      }
      return new Source(
          database, side, new ReplicationSlot(side, NAME).create(Duration.ofMinutes(1), who -> {}));
    }

    @Override
    public void close() throws Exception {
      if (database.server().isRunning()) {
        new ReplicationSlot(side, NAME).drop();
      }
      side.close();
      database.close();
    }
  }

  /** The values of the next row; whatever else comes is passed over. */
  private static String nextRow(StreamQueue queue) throws Exception {
    while (true) {
      StreamItem item = queue.peek();
      queue.remove(item);
      if (item instanceof StreamItem.Message(PgOutputMessage.Insert insert, long size)) {
        return insert.row().text(0);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void rowsOfEverySizeArriveAndClosingEndsTheWait(Way way) throws Exception {
    try (Source source = Source.of(server, way)) {
      StreamQueue queue = new StreamQueue(1 << 20);
      Capture capture = Capture.start(source.side(), NAME, source.start(), queue);
      source.database().execute("INSERT INTO item VALUES ('first')");
      assertThat(nextRow(queue)).isEqualTo("first");

      source.database().execute("INSERT INTO item VALUES (repeat('x', 8000000)), ('third')");
      assertThat(nextRow(queue)).isEqualTo("x".repeat(8_000_000));
      assertThat(nextRow(queue)).isEqualTo("third");

      capture.close();
      assertThat(catchThrowable(() -> nextRow(queue))).isInstanceOf(SyncException.class);
    }
  }

  @Test
  void aSlotThatIsInUseIsToldInTheServersWords() throws Exception {
    try (Source source = Source.of(server, Way.TCP);
        Capture first =
            Capture.start(source.side(), NAME, source.start(), new StreamQueue(1 << 20))) {
      assertThatThrownBy(
              () -> Capture.start(source.side(), NAME, source.start(), new StreamQueue(1 << 20)))
          .isInstanceOf(SyncException.class)
          .hasMessageContaining("SQLSTATE 55006")
          .hasMessageContaining("ERROR: replication slot \"" + NAME + "\" is active for PID")
          .satisfies(e -> assertThat(Failures.state(e)).isEqualTo("55006"));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {14, 18})
  void aServerThatIsStoppedSaysSo(int major) throws Exception {
    try (PostgresServer stopped = PostgresServer.builder(major).start();
        Source source = Source.of(stopped, Way.TCP)) {
      StreamQueue queue = new StreamQueue(1 << 20);
      try (Capture capture = Capture.start(source.side(), NAME, source.start(), queue)) {
        source.database().execute("INSERT INTO item VALUES ('first')");
        assertThat(nextRow(queue)).isEqualTo("first");
        Thread stopping = Thread.ofPlatform().start(stopped::stop);
        Throwable failure = lastWords(queue, capture);

        assertThat(failure)
            .hasMessageContaining("is shutting down or starting up")
            .satisfies(e -> assertThat(Failures.isTransient(e)).isTrue());
        stopping.join();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {14, 18})
  void aServerThatIsStoppedWaitsForWhatHangsAndThenStops(int major) throws Exception {
    try (PostgresServer stopped = PostgresServer.builder(major).start();
        Source source = Source.of(stopped, Way.TCP)) {
      StreamQueue queue = new StreamQueue(1 << 20);
      try (Capture capture = Capture.start(source.side(), NAME, source.start(), queue)) {
        source.database().execute("INSERT INTO item VALUES ('first')");
        assertThat(nextRow(queue)).isEqualTo("first");
        Thread stopping = Thread.ofPlatform().start(stopped::stop);
        // It asks anew after each answer.
        for (int asked = 0; asked < 5; ) {
          StreamItem item = queue.peek();
          queue.remove(item);
          asked += item instanceof StreamItem.Position position && position.asked() ? 1 : 0;
        }
        assertThat(stopped.isRunning()).isTrue();

        assertThat(lastWords(queue, capture))
            .hasMessageContaining("is shutting down or starting up");
        stopping.join();
      }
    }
  }

  /** Confirms what comes, which a server waits for before it stops. */
  private static Throwable lastWords(StreamQueue queue, Capture capture) {
    capture.confirmAtOnce(true);
    return catchThrowable(
        () -> {
          while (true) {
            StreamItem item = queue.peek();
            queue.remove(item);
            switch (item) {
              case StreamItem.Position(Lsn reached, boolean asked) -> capture.confirm(reached);
              case StreamItem.Message(PgOutputMessage.Commit commit, long size) ->
                  capture.confirm(commit.endLsn());
              case StreamItem.Message message -> {}
            }
          }
        });
  }

  @Test
  void aReaderThatTheServerEndsHearsWhy() throws Exception {
    try (Source source = Source.of(server, Way.TLS)) {
      StreamQueue queue = new StreamQueue(1 << 20);
      try (Capture capture = Capture.start(source.side(), NAME, source.start(), queue);
          Connection other = source.database().connect()) {
        String ended =
            text(other, "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots");
        assertThat(ended).isEqualTo("t");
        assertThat(catchThrowable(() -> nextRow(queue)))
            .hasMessageContaining("FATAL: terminating connection due to administrator command")
            .satisfies(e -> assertThat(Failures.state(e)).isEqualTo("57P01"));
      }
    }
  }

  @Test
  void aServerThatAsksIsAnsweredAndDoesNotCutTheReader() throws Exception {
    try (PostgresServer strict =
            PostgresServer.builder(18).setting("wal_sender_timeout", "4s").start();
        Source source = Source.of(strict, Way.TCP)) {
      StreamQueue queue = new StreamQueue(1 << 20);
      try (Capture capture =
              Capture.start(
                  source.side(), NAME, source.start(), queue, ScriptedStream.status(NEVER));
          Connection other = source.database().connect()) {
        // The server asks before it cuts; it is answered, and so never does.
        String asked = "SELECT reply_time FROM pg_stat_replication";
        Set<String> answers = new HashSet<>();
        while (answers.size() < 3) {
          String answer = text(other, asked);
          if (!answer.isEmpty() && !answer.equals("null")) {
            answers.add(answer);
          }
        }
        source.database().execute("INSERT INTO item VALUES ('still here')");
        assertThat(nextRow(queue)).isEqualTo("still here");
      }
    }
  }

  private static String text(Connection connection, String sql) throws Exception {
    try (var statement = connection.createStatement();
        var row = statement.executeQuery(sql)) {
      return row.next() ? String.valueOf(row.getString(1)) : "";
    }
  }
}
