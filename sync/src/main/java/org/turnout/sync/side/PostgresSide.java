package org.turnout.sync.side;

import com.zaxxer.hikari.HikariDataSource;
import java.net.SocketTimeoutException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;
import org.turnout.config.RouteName;
import org.turnout.config.Side;
import org.turnout.config.SideConfig;
import org.turnout.config.SocketFile;
import org.turnout.sync.SyncException;

/**
 * Turnout's own connections to one side, and the sentences that tell an operator why there are
 * none. Every session stands in UTC, sees only {@code pg_catalog} without a schema name, is never
 * filtered by row security (it is refused instead) and has no time limits of the role's settings.
 * Nothing is opened before it is asked for, so that a side may be down when Turnout starts. Any
 * thread.
 */
public final class PostgresSide implements AutoCloseable {
  /** What Turnout calls itself at a server; names of single connections begin with it. */
  static final String APPLICATION = "turnout";

  private static final int CONNECT_SECONDS = 5;
  private static final int POOL_SIZE = 4;

  /**
   * How long a server that has taken a connection may need to let Turnout in, and then for the
   * first answer. It is much longer than a healthy one takes, so that a busy one is not given up.
   */
  public static final Duration LOGIN = Duration.ofSeconds(2L * CONNECT_SECONDS);

  private static final String SETTINGS =
      "-c search_path=pg_catalog -c row_security=off -c statement_timeout=0 -c lock_timeout=0 -c"
          + " idle_in_transaction_session_timeout=0 -c default_transaction_isolation=read\\"
          + " committed -c default_transaction_read_only=off -c default_transaction_deferrable=off"
          + " -c client_min_messages=warning -c intervalstyle=postgres -c bytea_output=hex"
          + " -c lc_monetary=C -c xmloption=content";

  /**
   * What cannot be an option at startup: the driver asks for the zone of this machine, which beats
   * options, and not every server has both limits.
   */
  private static final String INITIAL =
      "SET TIME ZONE 'UTC'; SELECT set_config(name, '0', false) FROM pg_settings"
          + " WHERE name IN ('idle_session_timeout', 'transaction_timeout') AND setting <> '0'";

  private final RouteName route;
  private final Side side;
  private final SideConfig config;
  private final HikariDataSource pool;

  /** Describes the side; opens nothing. */
  public PostgresSide(RouteName route, Side side, SideConfig config) {
    this.route = route;
    this.side = side;
    this.config = config;
    this.pool = pool();
  }

  /** Set up without a configuration of its own, which the pool would copy by reflection. */
  private HikariDataSource pool() {
    HikariDataSource made = new HikariDataSource();
    made.setPoolName("turnout-" + route + "-" + side.word());
    made.setJdbcUrl(url());
    made.setDataSourceProperties(properties(APPLICATION));
    made.setConnectionInitSql(INITIAL);
    made.setMaximumPoolSize(POOL_SIZE);
    made.setMinimumIdle(0);
    made.setIdleTimeout(30_000);
    made.setConnectionTimeout(CONNECT_SECONDS * 1000L);
    made.setValidationTimeout(2_000);
    made.setInitializationFailTimeout(-1);
    return made;
  }

  public RouteName route() {
    return route;
  }

  public Side side() {
    return side;
  }

  public SideConfig config() {
    return config;
  }

  /**
   * A connection of the pool, in autocommit. For questions and short statements: there are four.
   * Close gives it back.
   */
  public Connection control() throws SyncException {
    try {
      return pool.getConnection();
    } catch (SQLException e) {
      throw failure("connecting", e);
    }
  }

  /**
   * A connection of its own, in autocommit, for long work.
   *
   * @param purpose what the server's activity view shows after {@code turnout}, for example {@code
   *     copy}
   */
  public Connection dedicated(String purpose) throws SyncException {
    return open(properties(APPLICATION + " " + purpose));
  }

  /** A connection for replication commands, bound to the database. */
  public Connection replication() throws SyncException {
    return open(replicationProperties());
  }

  /** A connection for a replication stream, bound to the database, that the driver only opens. */
  public WireConnection replicationWire() throws SyncException {
    Properties properties = replicationProperties();
    try (SocketHandover handover = SocketHandover.expect(properties)) {
      Connection connection = open(properties);
      try {
        return handover.take(connection);
      } catch (SQLException e) {
        SyncException failure = failure("connecting", e);
        closeQuietly(connection, failure);
        throw failure;
      }
    }
  }

  private Properties replicationProperties() {
    Properties properties = properties(APPLICATION);
    PGProperty.REPLICATION.set(properties, "database");
    PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
    return properties;
  }

  /** The server's version as a number, for example {@code 140024}. */
  public int serverVersion() throws SyncException {
    try (Connection connection = control()) {
      return serverVersion(connection);
    } catch (SQLException e) {
      throw failure("asking for the version", e);
    }
  }

  /** The version of the server behind a connection, for example {@code 140024}. */
  public static int serverVersion(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT current_setting('server_version_num')::int")) {
      row.next();
      return row.getInt(1);
    }
  }

  /**
   * What a failed statement or connection means to an operator: side, address, role, database, what
   * was being done, and what to do about it. Never holds the password.
   *
   * @param doing what was being done, as in <em>while reading the tables</em>: {@code reading the
   *     tables}
   */
  public SyncException failure(String doing, SQLException cause) {
    return new SyncException(
        SideFailure.ofTls(this, cause)
            .orElseGet(
                () -> SideFailure.sentence(this, doing, Failures.state(cause), rootMessage(cause))),
        cause);
  }

  /** {@code blue (postgresql://user@host:port/database)}. */
  @Override
  public String toString() {
    return side.word()
        + " (postgresql://"
        + config.user()
        + "@"
        + config.address().inUrl()
        + "/"
        + config.database()
        + ")";
  }

  /** Closes the pool; dedicated connections belong to those who asked for them. */
  @Override
  public void close() {
    pool.close();
  }

  private Connection open(Properties properties) throws SyncException {
    Connection connection = null;
    try {
      connection = new Driver().connect(url(), properties);
      if (connection == null) {
        throw new SQLException("The driver does not accept " + url());
      }
      // The driver's own limit ends with the login.
      connection.setNetworkTimeout(Runnable::run, Math.toIntExact(LOGIN.toMillis()));
      try (Statement statement = connection.createStatement()) {
        statement.execute(INITIAL);
      }
      connection.setNetworkTimeout(Runnable::run, 0);
      return connection;
    } catch (SQLException e) {
      SyncException failure = failure("connecting", e);
      closeQuietly(connection, failure);
      throw failure;
    }
  }

  private static void closeQuietly(@Nullable Connection connection, SyncException failure) {
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException e) {
        failure.addSuppressed(e);
      }
    }
  }

  private String url() {
    return "jdbc:postgresql://"
        + hostAndPort()
        + "/"
        + URLEncoder.encode(config.database(), StandardCharsets.UTF_8);
  }

  private Properties properties(String application) {
    Properties properties = new Properties();
    PGProperty.USER.set(properties, config.user());
    config.password().ifPresent(secret -> PGProperty.PASSWORD.set(properties, secret.reveal()));
    PGProperty.APPLICATION_NAME.set(properties, application);
    PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "10");
    PGProperty.OPTIONS.set(properties, SETTINGS);
    PGProperty.CONNECT_TIMEOUT.set(properties, CONNECT_SECONDS);
    PGProperty.LOGIN_TIMEOUT.set(properties, Math.toIntExact(LOGIN.toSeconds()));
    PGProperty.TCP_KEEP_ALIVE.set(properties, true);
    PGProperty.GSS_ENC_MODE.set(properties, "disable");
    SideSocketFactory.describe(config, properties);
    return properties;
  }

  /** The driver wants a host; of a socket file its factory knows better. */
  private String hostAndPort() {
    return config.address() instanceof SocketFile file
        ? "127.0.0.1:" + file.port()
        : config.address().toString();
  }

  /** The server's own words, below the wrappings of pool and driver. */
  private static String rootMessage(SQLException failure) {
    String message = failure.getMessage();
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof org.postgresql.util.PSQLException) {
        return switch (cause.getCause()) {
          case UnixSocket.ConnectFailure unconnected -> String.valueOf(unconnected.getMessage());
          case SocketTimeoutException silent -> "no answer within the time that it has";
          case null, default -> String.valueOf(cause.getMessage());
        };
      }
    }
    return String.valueOf(message);
  }
}
