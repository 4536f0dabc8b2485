package org.turnout.bench.measure;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.turnout.bench.load.Login;
import org.turnout.bench.load.Operations;
import org.turnout.bench.peer.Backend;
import org.turnout.bench.peer.OwnCertificate;
import org.turnout.embedded.PostgresServer;

/**
 * The databases of a measurement and its directory: blue, embedded or the operator's own, with the
 * tables of the load, and an embedded green, which Turnout needs to be there. All of it goes at the
 * end. Used by the measuring thread.
 */
final class Stage implements AutoCloseable {
  private static final int MAJOR = 18;

  /** Connections of Turnout and of ourselves, besides those of the load. */
  private static final int SPARE = 60;

  private final RunDirectory directory;
  private final OwnCertificate certificate;
  private final @Nullable PostgresServer embedded;
  private final PostgresServer green;
  private final Backend blue;
  private final String version;
  private final int connections;

  private Stage(
      RunDirectory directory,
      OwnCertificate certificate,
      @Nullable PostgresServer embedded,
      PostgresServer green,
      Backend blue,
      String version,
      int connections) {
    this.directory = directory;
    this.certificate = certificate;
    this.embedded = embedded;
    this.green = green;
    this.blue = blue;
    this.version = version;
    this.connections = connections;
  }

  /** On embedded servers that take this many clients, with or without TLS. */
  static Stage embedded(int clients) throws IOException, InterruptedException, SQLException {
    RunDirectory directory = RunDirectory.create();
    OwnCertificate certificate = OwnCertificate.make(directory.path());
    PostgresServer server =
        builder(clients + SPARE)
            .setting("ssl", "on")
            .setting("ssl_cert_file", certificate.certificate().toString())
            .setting("ssl_key_file", certificate.key().toString())
            .start();
    PostgresServer green = builder(clients + SPARE).start();
    Backend blue =
        new Backend(address(server), new Login(PostgresServer.SUPERUSER, "postgres", null));
    return prepare(directory, certificate, server, green, blue);
  }

  /** On the operator's own server. */
  static Stage of(Backend blue) throws IOException, InterruptedException, SQLException {
    RunDirectory directory = RunDirectory.create();
    OwnCertificate certificate = OwnCertificate.make(directory.path());
    PostgresServer green = builder(100).start();
    String role = blue.client().user().replace("\"", "\"\"");
    try (Connection connection = green.connect("postgres");
        Statement statement = connection.createStatement()) {
      if (!role.equals(PostgresServer.SUPERUSER)) {
        statement.execute("CREATE ROLE \"" + role + "\" SUPERUSER LOGIN");
      }
      String database = blue.client().database().replace("\"", "\"\"");
      if (!database.equals("postgres")) {
        statement.execute("CREATE DATABASE \"" + database + "\"");
      }
    }
    return prepare(directory, certificate, null, green, blue);
  }

  private static Stage prepare(
      RunDirectory directory,
      OwnCertificate certificate,
      @Nullable PostgresServer server,
      PostgresServer green,
      Backend blue)
      throws SQLException {
    try (Connection connection = connect(blue)) {
      run(connection, Operations.SCHEMA);
      run(connection, Operations.ROWS);
      return new Stage(
          directory,
          certificate,
          server,
          green,
          blue,
          "PostgreSQL " + connection.getMetaData().getDatabaseProductVersion(),
          maximum(connection));
    }
  }

  private static PostgresServer.Builder builder(int connections) {
    return PostgresServer.builder(MAJOR)
        .setting("max_connections", Integer.toString(connections))
        .setting("shared_buffers", "128MB")
        .setting("autovacuum", "off")
        .setting("checkpoint_timeout", "1h")
        .setting("max_wal_size", "8GB")
        .setting("jit", "off");
  }

  private static InetSocketAddress address(PostgresServer server) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
  }

  static Connection connect(Backend backend) throws SQLException {
    Login login = backend.client();
    Properties properties = new Properties();
    properties.setProperty("user", login.user());
    if (login.password() != null) {
      properties.setProperty("password", login.password());
    }
    return DriverManager.getConnection(
        "jdbc:postgresql://%s:%d/%s"
            .formatted(
                backend.address().getHostString(), backend.address().getPort(), login.database()),
        properties);
  }

  private static void run(Connection connection, List<String> statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static int maximum(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT current_setting('max_connections')::int - (SELECT count(*) FROM"
                    + " pg_stat_activity WHERE backend_type = 'client backend')")) {
      row.next();
      return row.getInt(1);
    }
  }

  /** Makes both sides ready for a sync. */
  void prepareSync() throws SQLException {
    try (Connection connection = connect(blue)) {
      run(connection, Operations.BALLAST_ROWS);
    }
    try (Connection connection = connect(green())) {
      run(connection, Operations.SCHEMA);
    }
  }

  Path directory() {
    return directory.path();
  }

  /** What all shows that ends TLS here. */
  OwnCertificate certificate() {
    return certificate;
  }

  Backend blue() {
    return blue;
  }

  Backend green() {
    return new Backend(address(green), new Login(control().user(), blue.client().database(), null));
  }

  /** As whom Turnout itself comes. */
  Login control() {
    return blue.client();
  }

  String version() {
    return version;
  }

  /** How many sessions the server can still take, with some left for others. */
  int room() {
    return Math.max(1, connections - SPARE / 2);
  }

  @Override
  public void close() throws IOException, SQLException {
    PostgresServer server = embedded;
    try {
      if (server == null) {
        try (Connection connection = connect(blue)) {
          run(connection, Operations.REMOVAL);
        }
      } else {
        server.close();
      }
    } finally {
      green.close();
      directory.close();
    }
  }
}
