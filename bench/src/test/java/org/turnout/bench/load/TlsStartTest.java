package org.turnout.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.turnout.bench.peer.OwnCertificate;
import org.turnout.embedded.PostgresServer;
import org.turnout.embedded.PostgresServer.Authentication;
import org.turnout.embedded.SharedPostgres;

/** The load generator over TLS against a real server that asks for a password. */
class TlsStartTest {
  @TempDir private static Path directory;
  private static PostgresServer server;
  private static Generator generator;
  private static Login login;

  @BeforeAll
  static void start() throws Exception {
    OwnCertificate own = OwnCertificate.make(directory);
    server =
        PostgresServer.builder(18)
            .authentication(Authentication.SCRAM)
            .setting("ssl", "on")
            .setting("ssl_cert_file", own.certificate().toString())
            .setting("ssl_key_file", own.key().toString())
            .start();
    login = new Login(PostgresServer.SUPERUSER, "postgres", server.superuserPassword());
    generator = new Generator();
    try (var connection = server.connect("postgres");
        var statement = connection.createStatement()) {
      for (String sql : Operations.SCHEMA) {
        statement.execute(sql);
      }
      for (String sql : Operations.ROWS) {
        statement.execute(sql);
      }
    }
  }

  @AfterAll
  static void stop() {
    generator.close();
    server.close();
  }

  private static InetSocketAddress local(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static InetSocketAddress address() {
    return local(server.port());
  }

  private static Operation select(String from) {
    return new Operation(
        List.of(List.of(Requests.simple("SELECT 1 FROM " + from, 1))), List.of(), 1);
  }

  @ParameterizedTest
  @CsvSource({"true, ssl", "false, NOT ssl"})
  void theServerSeesClientsEncryptedWhereTheyInsistAndElseNot(boolean encrypted, String condition)
      throws Exception {
    Operation seen = select("pg_stat_ssl WHERE pid = pg_backend_pid() AND " + condition);
    try (SessionPool pool =
        generator.open(address(), encrypted ? login.overTls() : login, seen, 2)) {
      assertThat(pool.closedLoop(Duration.ZERO).operations()).isEqualTo(2);
      if (encrypted) {
        assertThat(pool.encryption().orElseThrow()).startsWith("TLSv1.3, TLS_");
      } else {
        assertThat(pool.encryption()).isEmpty();
      }
      pool.end();
    }
  }

  static List<Operation> operations() {
    return List.of(
        Operations.prepared(), Operations.pipeline(), Operations.largeRow(), Operations.copyIn());
  }

  @ParameterizedTest
  @MethodSource("operations")
  void operationsGetTheSameAnswersOverTls(Operation operation) throws Exception {
    try (SessionPool pool = generator.open(address(), login.overTls(), operation, 2)) {
      assertThat(pool.closedLoop(Duration.ZERO).operations()).isEqualTo(2);
      assertThat(pool.openLoop(1000, Duration.ofMillis(5)).operations()).isEqualTo(5);
      pool.end();
    }
  }

  @Test
  void aClientConnectsOverTlsAsksAndLeaves() throws Exception {
    assertThat(
            new ConnectLoop(generator, address(), login.overTls(), Duration.ZERO)
                .run(3)
                .operations())
        .isEqualTo(3);
  }

  @Test
  void aServerWithoutTlsIsSaid() {
    assertThatThrownBy(
            () ->
                generator.open(
                    local(SharedPostgres.server(14).port()),
                    new Login("postgres", "postgres", null).overTls(),
                    Operations.nothing(),
                    1))
        .isInstanceOf(LoadException.class)
        .hasMessage("the server does not speak TLS");
  }

  @ParameterizedTest
  @CsvSource({
    "Sx, the server sent data before TLS was agreed on",
    "E, the server does not understand the request for TLS",
    "'', the connection was closed at its start",
  })
  void anAnswerThatIsNoneIsSaid(String answer, String message) throws Exception {
    try (ServerSocket odd = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> answered = executor.submit(() -> answerOnce(odd, answer));

      assertThatThrownBy(
              () ->
                  generator.open(
                      local(odd.getLocalPort()), login.overTls(), Operations.nothing(), 1))
          .isInstanceOf(LoadException.class)
          .hasMessage(message);
      answered.get();
    }
  }

  private static Void answerOnce(ServerSocket odd, String answer) throws Exception {
    try (Socket client = odd.accept()) {
      client.getInputStream().readNBytes(8);
      client.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
    }
    return null;
  }
}
