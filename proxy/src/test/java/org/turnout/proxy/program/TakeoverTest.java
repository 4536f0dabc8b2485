package org.turnout.proxy.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.config.ConfigLoader;
import org.turnout.config.TurnoutConfig;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.SharedPostgres;
import org.turnout.proxy.backend.Transport;
import org.turnout.sync.side.UnixSocketFactory;

/** One Turnout after another, in front of clients that do not stop to come. */
class TakeoverTest {
  @TempDir Path directory;

  @Test
  void nobodyWhoComesMeanwhileIsRefusedAndWhoWasThereIsToldAsByAServer() throws Exception {
    assumeTrue(Transport.takesUpSockets());
    try (PostgresDatabase blue = SharedPostgres.database(14)) {
      int port = freePort();
      TurnoutConfig config = ConfigLoader.load(configuration(port, blue));
      Predecessor first = new Predecessor(config);
      Visitors overNetwork = new Visitors(network(port, blue));
      Visitors overSocket = new Visitors(socket(blue));
      try (Connection resting = DriverManager.getConnection(network(port, blue))) {
        overNetwork.awaitMore(3);
        overSocket.awaitMore(3);

        try (RunningTurnout second = RunningTurnout.start(config, true, () -> {})) {
          assertThat(first.ended).isDone();
          overNetwork.awaitMore(3);
          overSocket.awaitMore(3);
          assertThatThrownBy(() -> ask(resting))
              .isInstanceOfSatisfying(
                  SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P01"));
          assertThat(second.admin()).isNotNull();
          overNetwork.stop();
          overSocket.stop();
        }
        assertThat(directory.resolve(".s.PGSQL.6432")).doesNotExist();
      }
    }
  }

  @Test
  void theAdminApisAddressIsFreeWhenTheConnectionToTheSuccessorEnds() throws Exception {
    try (PostgresDatabase blue = SharedPostgres.database(14)) {
      TurnoutConfig config = ConfigLoader.load(configuration(freePort(), blue));
      Predecessor first = new Predecessor(config);
      try (SocketChannel successor =
              SocketChannel.open(UnixDomainSocketAddress.of(TakeoverDoor.in(config.state())));
          InputStream end = Channels.newInputStream(successor)) {
        String words = TakeoverDoor.SEND + "\n" + TakeoverDoor.HAVE + "\n";
        successor.write(ByteBuffer.wrap(words.getBytes(StandardCharsets.UTF_8)));
        end.transferTo(OutputStream.nullOutputStream());
      }

      try (ServerSocket admin = new ServerSocket(config.admin().listen().port())) {
        assertThat(admin.isBound()).isTrue();
      }
      assertThat(first.ended).isDone();
    }
  }

  @Test
  void theOneWithoutAPredecessorStartsAsEver() throws Exception {
    try (PostgresDatabase blue = SharedPostgres.database(14)) {
      int port = freePort();
      TurnoutConfig config = ConfigLoader.load(configuration(port, blue));

      try (RunningTurnout only = RunningTurnout.start(config, true, () -> {});
          Connection client = DriverManager.getConnection(network(port, blue))) {
        assertThat(ask(client)).isEqualTo("1");
        assertThat(only.admin()).isNotNull();
      }
    }
  }

  @Test
  void aPredecessorThatCannotBeReachedGoesOn() throws Exception {
    try (PostgresDatabase blue = SharedPostgres.database(14)) {
      int port = freePort();
      TurnoutConfig config = ConfigLoader.load(configuration(port, blue));

      try (RunningTurnout first = RunningTurnout.start(config)) {
        Files.delete(TakeoverDoor.in(config.state()));

        assertThatThrownBy(() -> RunningTurnout.start(config, true, () -> {}))
            .isInstanceOf(CommandFailure.class)
            .hasMessageContaining("cannot be taken over from");
        assertThatThrownBy(() -> RunningTurnout.start(config))
            .isInstanceOf(CommandFailure.class)
            .hasMessageContaining("another Turnout uses the state directory");
        try (Connection client = DriverManager.getConnection(network(port, blue))) {
          assertThat(ask(client)).isEqualTo("1");
        }
        assertThat(first.admin()).isNotNull();
      }
    }
  }

  /** A Turnout that ends when it is told that another one has taken over. */
  private static final class Predecessor {
    final CompletableFuture<Void> ended = new CompletableFuture<>();

    Predecessor(TurnoutConfig config) throws CommandFailure {
      CountDownLatch taken = new CountDownLatch(1);
      RunningTurnout turnout = RunningTurnout.start(config, false, taken::countDown);
      Thread.ofPlatform()
          .start(
              () -> {
                try {
                  taken.await();
                  // Done before its last connection ends, for which the successor waits.
                  ended.complete(null);
                  turnout.close();
                } catch (InterruptedException e) {
                  ended.completeExceptionally(e);
                }
              });
    }
  }

  /** Connects, asks and leaves, again and again; remembers what went wrong. */
  private static final class Visitors {
    /** As a server says that it is shut down. */
    private static final String ENDED = "57P01";

    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicInteger served = new AtomicInteger();
    private final CompletableFuture<Void> all;

    Visitors(String url) {
      all =
          CompletableFuture.runAsync(
              () -> {
                while (!stopped.get()) {
                  visit(url);
                  synchronized (served) {
                    served.incrementAndGet();
                    served.notifyAll();
                  }
                }
              },
              task -> Thread.ofPlatform().start(task));
    }

    private static void visit(String url) {
      try (Connection connection = DriverManager.getConnection(url)) {
        askUnlessEnded(connection);
      } catch (SQLException e) {
        // Who logs in may have the session by then.
        if (!ENDED.equals(e.getSQLState())) {
          throw new AssertionError("a client was refused", e);
        }
      }
    }

    /** Who has a session is ended with the process, and may notice when it speaks or hears. */
    private static void askUnlessEnded(Connection connection) throws SQLException {
      try {
        ask(connection);
      } catch (SQLException e) {
        String state = String.valueOf(e.getSQLState());
        if (!state.equals(ENDED) && !state.startsWith("08")) {
          throw e;
        }
      }
    }

    void awaitMore(int visits) throws Exception {
      int wanted = served.get() + visits;
      all.exceptionally(
          failure -> {
            synchronized (served) {
              served.notifyAll();
            }
            return null;
          });
      synchronized (served) {
        while (served.get() < wanted && !all.isDone()) {
          served.wait();
        }
      }
      if (all.isDone()) {
        all.get();
      }
    }

    void stop() throws Exception {
      stopped.set(true);
      all.get(60, TimeUnit.SECONDS);
    }
  }

  private static String ask(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT 1")) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static String network(int port, PostgresDatabase database) {
    // Of a server that new the driver asks nothing more once it has a session.
    return "jdbc:postgresql://127.0.0.1:%d/%s?user=postgres&sslmode=disable&assumeMinServerVersion=14"
        .formatted(port, database.name());
  }

  private String socket(PostgresDatabase database) {
    return network(1, database)
        + "&socketFactory=%s&socketFactoryArg=%s"
            .formatted(UnixSocketFactory.class.getName(), directory.resolve(".s.PGSQL.6432"));
  }

  private Path configuration(int port, PostgresDatabase blue) throws IOException {
    Map<String, Object> words =
        Map.of(
            "admin",
            freePort(),
            "port",
            port,
            "directory",
            directory,
            "server",
            "127.0.0.1:" + blue.server().port(),
            "green",
            "127.0.0.1:" + SharedPostgres.server(18).port(),
            "name",
            blue.name());
    String text =
        """
        admin: 127.0.0.1:${admin}
        routes:
          shop:
            listen: [127.0.0.1:${port}, "unix:${directory}/.s.PGSQL.6432"]
            blue: { url: "postgresql://postgres@${server}/${name}" }
            green: { url: "postgresql://postgres@${green}/${name}" }
            authentication: trust
            limits: { stopTimeout: 2s }
        """;
    for (Map.Entry<String, Object> word : words.entrySet()) {
      text = text.replace("${" + word.getKey() + "}", word.getValue().toString());
    }
    return Files.writeString(directory.resolve("turnout.yaml"), text);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
