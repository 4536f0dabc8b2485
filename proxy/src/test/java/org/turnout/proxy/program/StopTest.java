package org.turnout.proxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.turnout.config.ConfigLoader;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.SharedPostgres;

/** A Turnout that is told to end while its clients work. */
class StopTest {
  @TempDir Path directory;

  @Test
  void allRoutesDrainAtTheSameTime() throws Exception {
    try (PostgresDatabase blue = SharedPostgres.database(14)) {
      List<Integer> ports = List.of(freePort(), freePort());
      RunningTurnout turnout = RunningTurnout.start(ConfigLoader.load(configuration(ports, blue)));
      try (Connection one = connect(ports.get(0), blue);
          Connection other = connect(ports.get(1), blue)) {
        one.setAutoCommit(false);
        other.setAutoCommit(false);
        assertThat(List.of(ask(one), ask(other))).containsOnly("1");

        CompletableFuture<Void> stopped = CompletableFuture.runAsync(turnout::close);
        for (int port : ports) {
          awaitRefusal(port);
        }

        assertThat(List.of(ask(one), ask(other))).containsOnly("1");
        one.commit();
        other.commit();
        stopped.get(60, TimeUnit.SECONDS);
      }
    }
  }

  private static void awaitRefusal(int port) throws IOException {
    while (true) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        assertThat(socket.isConnected()).isTrue();
      } catch (ConnectException refused) {
        return;
      }
    }
  }

  private static String ask(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT 1")) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static Connection connect(int port, PostgresDatabase database) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/%s?user=postgres&sslmode=disable"
            .formatted(port, database.name()));
  }

  private Path configuration(List<Integer> ports, PostgresDatabase blue) throws IOException {
    StringBuilder text = new StringBuilder("admin: 127.0.0.1:0\nroutes:\n");
    for (int port : ports) {
      text.append(
          """
            shop_%1$d:
              listen: 127.0.0.1:%1$d
              blue: { url: "postgresql://postgres@127.0.0.1:%2$d/%4$s" }
              green: { url: "postgresql://postgres@127.0.0.1:%3$d/%4$s" }
              authentication: trust
              limits: { stopTimeout: 30s }
          """
              .formatted(
                  port, blue.server().port(), SharedPostgres.server(18).port(), blue.name()));
    }
    return Files.writeString(directory.resolve("turnout.yaml"), text);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
