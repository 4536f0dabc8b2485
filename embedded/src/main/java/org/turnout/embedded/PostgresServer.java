package org.turnout.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One throw-away PostgreSQL server on 127.0.0.1, with logical decoding, prepared transactions and
 * {@code synchronous_commit} on and {@code fsync} off. Can be stopped, killed and started again on
 * the same data and port. A temporary data directory is removed with the process, or by a later
 * process if this one is killed. Safe for any thread; start, stop and kill are taken one after the
 * other.
 */
public final class PostgresServer implements AutoCloseable {
  /** The superuser's name, and its password unless another is given. */
  public static final String SUPERUSER = "postgres";

  static final String DATA = "data";
  private static final int ATTEMPTS = 5;

  private final Programs programs;
  private final int major;
  private final Authentication authentication;
  private final String superuserPassword;
  private final Map<String, String> settings;
  private final Optional<String> accessRules;
  private final Path directory;
  private final Path data;
  private final boolean temporary;
  private final int wantedPort;
  private volatile int port;

  private PostgresServer(Builder builder) throws IOException {
    major = builder.major;
    authentication = builder.authentication;
    superuserPassword = builder.superuserPassword;
    settings = new LinkedHashMap<>(builder.settings);
    accessRules = builder.accessRules;
    wantedPort = builder.port;
    temporary = builder.directory.isEmpty();
    directory =
        (builder.directory.isPresent()
                ? Files.createDirectories(builder.directory.get())
                : ServerDirectories.create("postgres-" + major))
            .toRealPath();
    data = directory.resolve(DATA);
    programs = new Programs(PostgresBinaries.of(major), directory);
  }

  /** A server of a packaged major, 14 or 18 by default. */
  public static Builder builder(int major) {
    return new Builder(major);
  }

  /** How the server asks TCP clients who they are. */
  public enum Authentication {
    TRUST("trust"),
    SCRAM("scram-sha-256");

    private final String method;

    Authentication(String method) {
      this.method = method;
    }
  }

  /** Collects what a server is made of. */
  public static final class Builder {
    private final int major;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private Authentication authentication = Authentication.TRUST;
    private String superuserPassword = SUPERUSER;
    private Optional<Path> directory = Optional.empty();
    private Optional<String> accessRules = Optional.empty();
    private int port;

    private Builder(int major) {
      this.major = major;
      settings.put("fsync", "off");
      settings.put("synchronous_commit", "on");
      settings.put("wal_level", "logical");
      settings.put("max_prepared_transactions", "10");
      settings.put("max_wal_senders", "20");
      settings.put("max_replication_slots", "20");
      settings.put("unix_socket_directories", "");
      settings.put("listen_addresses", "127.0.0.1");
      settings.put("password_encryption", "scram-sha-256");
    }

    /** Sets or replaces a server setting, for example {@code max_connections} to {@code 300}. */
    public Builder setting(String name, String value) {
      settings.put(name, value);
      return this;
    }

    public Builder authentication(Authentication method) {
      authentication = method;
      return this;
    }

    /** The lines of {@code pg_hba.conf}, in place of what the method of authentication says. */
    public Builder accessRules(String... lines) {
      accessRules = Optional.of(String.join("\n", lines) + "\n");
      return this;
    }

    public Builder superuserPassword(String password) {
      superuserPassword = password;
      return this;
    }

    /** Keeps the server's files in this directory, and never deletes them; default: temporary. */
    public Builder directory(Path path) {
      directory = Optional.of(path);
      return this;
    }

    /** The port to listen on; 0, the default, for a free one. */
    public Builder port(int number) {
      port = number;
      return this;
    }

    /** The server, not started. */
    public PostgresServer build() {
      try {
        return new PostgresServer(this);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** The server, started. */
    public PostgresServer start() {
      PostgresServer server = build();
      server.start();
      return server;
    }
  }

  /**
   * Starts the server; returns when it accepts connections. The first start makes the data
   * directory and, with port 0, chooses the port, which stays for all later starts.
   *
   * @throws EmbeddedException when it does not start, with the end of its log
   */
  public synchronized void start() {
    try {
      if (!Files.exists(data.resolve("PG_VERSION"))) {
        initialise();
      }
      if (port != 0 || wantedPort != 0) {
        port = port != 0 ? port : wantedPort;
        launch();
        return;
      }
      for (int attempt = 1; port == 0; attempt++) {
        startOnFreePort(attempt);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Another process may take the port between our look and the server's bind: then try another. */
  private void startOnFreePort(int attempt) throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    try {
      launch();
    } catch (EmbeddedException e) {
      port = 0;
      if (attempt == ATTEMPTS || !String.valueOf(e.getMessage()).contains("in use")) {
        throw e;
      }
    }
  }

  private void launch() throws IOException {
    Files.writeString(data.resolve("postgresql.auto.conf"), configuration());
    Files.deleteIfExists(log());
    programs.run(
        "pg_ctl", "start", "-w", "-t", "60", "-s", "-D", data.toString(), "-l", log().toString());
  }

  private String configuration() {
    return settings.entrySet().stream()
        .map(e -> e.getKey() + " = '" + e.getValue().replace("'", "''") + "'\n")
        .collect(Collectors.joining("", "", "port = " + port + "\n"));
  }

  private void initialise() throws IOException {
    Path password = directory.resolve("password");
    Files.writeString(password, superuserPassword + "\n");
    programs.run(
        "initdb",
        "--pgdata=" + data,
        "--username=" + SUPERUSER,
        "--pwfile=" + password,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync");
    Files.delete(password);
    String method = authentication.method;
    Files.writeString(
        data.resolve("pg_hba.conf"),
        accessRules.orElse(
            "host all all 127.0.0.1/32 "
                + method
                + "\nhost replication all 127.0.0.1/32 "
                + method
                + "\n"));
  }

  private Path log() {
    return directory.resolve("log");
  }

  /** Stops the server in order, ending its clients; nothing happens when it does not run. */
  public synchronized void stop() {
    if (isRunning()) {
      programs.run("pg_ctl", "stop", "-w", "-t", "60", "-s", "-m", "fast", "-D", data.toString());
    }
  }

  /** Ends the server and all its processes by SIGKILL; returns when they are gone. */
  public synchronized void kill() {
    Postmaster.of(data).ifPresent(Postmaster::kill);
  }

  /** Stops the server if it runs and starts it on the same data and port, also after a kill. */
  public synchronized void restart() {
    stop();
    start();
  }

  public boolean isRunning() {
    return Postmaster.of(data).isPresent();
  }

  /** Ends the server; its files go too when they are temporary. */
  @Override
  public synchronized void close() {
    kill();
    try {
      if (temporary) {
        DirectoryTree.delete(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int major() {
    return major;
  }

  public String host() {
    return "127.0.0.1";
  }

  /** The port of the last start; 0 before the first when none was asked for. */
  public int port() {
    return port;
  }

  public String superuserPassword() {
    return superuserPassword;
  }

  /** The directory that holds the server's data and log. */
  public Path directory() {
    return directory;
  }

  /** The JDBC address of a database, without user and password. */
  public String jdbcUrl(String database) {
    return "jdbc:postgresql://" + host() + ":" + port + "/" + database;
  }

  /** The JDBC address of the database {@code postgres}, without user and password. */
  public String jdbcUrl() {
    return jdbcUrl("postgres");
  }

  /** A new connection as the superuser. */
  public Connection connect(String database) throws SQLException {
    return DriverManager.getConnection(jdbcUrl(database), SUPERUSER, superuserPassword);
  }

  /** All that the server has logged since its last start. */
  public String logText() {
    return programs.read(log());
  }
}
