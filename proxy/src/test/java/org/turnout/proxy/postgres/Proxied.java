package org.turnout.proxy.postgres;

import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.turnout.config.AuthenticationConfig;
import org.turnout.config.CutoverConfig;
import org.turnout.config.HostPort;
import org.turnout.config.LimitsConfig;
import org.turnout.config.ListenerConfig;
import org.turnout.config.Protocol;
import org.turnout.config.ReadsConfig;
import org.turnout.config.RouteConfig;
import org.turnout.config.RouteName;
import org.turnout.config.Secret;
import org.turnout.config.Side;
import org.turnout.config.SideConfig;
import org.turnout.config.SideTls;
import org.turnout.config.SyncConfig;
import org.turnout.config.TlsConfig;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.PostgresServer;
import org.turnout.embedded.SharedPostgres;
import org.turnout.migration.Traffic;
import org.turnout.protocol.postgres.authentication.MockVerifiers;
import org.turnout.proxy.backend.InheritedSockets;
import org.turnout.proxy.tls.RouteTls;
import org.turnout.sync.Freshness;
import org.turnout.sync.Standing;

/**
 * A route between two real databases, a server of an old and one of a new major; the ways to them
 * can be held up.
 */
final class Proxied implements AutoCloseable {
  static final MockVerifiers MOCKS = new MockVerifiers(new byte[MockVerifiers.SECRET], "test");
  static final RoutesAuthentication TRUST =
      new RoutesAuthentication(AuthenticationConfig.Method.TRUST);

  final PostgresDatabase blue;
  final PostgresDatabase green;
  final Freshness freshness = new Freshness();
  final PostgresTraffic traffic;
  final RouteTls routeTls;
  private Standing standing = Standing.INITIAL;

  final Relay toBlue;
  final Relay toGreen;

  private Proxied(
      PostgresServer blueServer,
      PostgresServer greenServer,
      RoutesAuthentication how,
      TlsConfig tls,
      SideTls sideTls,
      LimitsConfig limits,
      ReadsConfig reads)
      throws Exception {
    this(
        blueServer,
        greenServer,
        how,
        tls,
        sideTls,
        limits,
        reads,
        List.of(new ListenerConfig(new HostPort("127.0.0.1", 0))));
  }

  private Proxied(
      PostgresServer blueServer,
      PostgresServer greenServer,
      RoutesAuthentication how,
      TlsConfig tls,
      SideTls sideTls,
      LimitsConfig limits,
      ReadsConfig reads,
      List<ListenerConfig> listeners)
      throws Exception {
    blue = SharedPostgres.database(blueServer);
    green = greenServer == blueServer ? blue : PostgresDatabase.create(greenServer, blue.name());
    toBlue = Relay.to(blueServer.host(), blueServer.port());
    toGreen = Relay.to(greenServer.host(), greenServer.port());
    RouteConfig route =
        new RouteConfig(
            new RouteName("test"),
            listeners,
            Protocol.POSTGRES,
            tls,
            side(blue, toBlue.port(), sideTls),
            side(green, toGreen.port(), sideTls),
            new AuthenticationConfig(how.method(), how.users(), how.names()),
            limits,
            SyncConfig.DEFAULT,
            reads,
            CutoverConfig.DEFAULT);
    traffic =
        new PostgresTraffic(
            route,
            routeTls = RouteTls.load(route, PostgresTraffic.PROTOCOL),
            which -> new DatabaseCatalogue(side(which)),
            freshness,
            MOCKS,
            InheritedSockets.none());
    traffic.open(standing).get(30, TimeUnit.SECONDS);
  }

  record RoutesAuthentication(
      AuthenticationConfig.Method method, Map<String, Secret> users, Map<String, String> names) {
    RoutesAuthentication(AuthenticationConfig.Method method, Map<String, Secret> users) {
      this(method, users, Map.of());
    }

    RoutesAuthentication(AuthenticationConfig.Method method) {
      this(method, Map.of());
    }
  }

  /** With TLS to clients, to servers of the process that ask for SCRAM. */
  static Proxied encrypted(RoutesAuthentication how, TlsConfig tls) throws Exception {
    return between(scram(14), scram(18), how, tls, SideTls.DEFAULT);
  }

  /** To two servers of the test's own. */
  static Proxied between(
      PostgresServer blue, PostgresServer green, RoutesAuthentication how, SideTls sides)
      throws Exception {
    return between(blue, green, how, TlsConfig.NONE, sides);
  }

  static Proxied between(
      PostgresServer blue,
      PostgresServer green,
      RoutesAuthentication how,
      TlsConfig clients,
      SideTls sides)
      throws Exception {
    return new Proxied(blue, green, how, clients, sides, LimitsConfig.DEFAULT, ReadsConfig.DEFAULT);
  }

  /** A route that listens as it is told. */
  static Proxied listening(
      RoutesAuthentication how, TlsConfig tls, LimitsConfig limits, List<ListenerConfig> listeners)
      throws Exception {
    PostgresServer.Authentication ofServers =
        how.method() == AuthenticationConfig.Method.TRUST
            ? PostgresServer.Authentication.TRUST
            : PostgresServer.Authentication.SCRAM;
    return new Proxied(
        SharedPostgres.server(14, ofServers),
        SharedPostgres.server(18, ofServers),
        how,
        tls,
        SideTls.DEFAULT,
        limits,
        ReadsConfig.DEFAULT,
        listeners);
  }

  static Proxied trusting() throws Exception {
    return trusting(LimitsConfig.DEFAULT, ReadsConfig.DEFAULT);
  }

  /** A trusting route whose clients are limited. */
  static Proxied limited(LimitsConfig limits) throws Exception {
    return trusting(limits, ReadsConfig.DEFAULT);
  }

  /**
   * @param maxWait how long a read may wait for freshness
   */
  static Proxied waiting(Duration maxWait) throws Exception {
    return trusting(LimitsConfig.DEFAULT, new ReadsConfig(maxWait));
  }

  private static Proxied trusting(LimitsConfig limits, ReadsConfig reads) throws Exception {
    return new Proxied(
        SharedPostgres.server(14),
        SharedPostgres.server(18),
        TRUST,
        TlsConfig.NONE,
        SideTls.DEFAULT,
        limits,
        reads);
  }

  static Proxied asking(RoutesAuthentication how) throws Exception {
    return between(scram(14), scram(18), how, SideTls.DEFAULT);
  }

  private static PostgresServer scram(int major) {
    return SharedPostgres.server(major, PostgresServer.Authentication.SCRAM);
  }

  /** A traffic that is to listen on the given port, with nothing behind it. */
  static PostgresTraffic onPort(int port) throws Exception {
    SideConfig nowhere = new SideConfig(new HostPort("127.0.0.1", 1), "x", "x", Optional.empty());
    RouteConfig route =
        new RouteConfig(
            new RouteName("second"),
            new HostPort("127.0.0.1", port),
            Protocol.POSTGRES,
            nowhere,
            nowhere,
            new AuthenticationConfig(AuthenticationConfig.Method.TRUST, Map.of()),
            SyncConfig.DEFAULT,
            CutoverConfig.DEFAULT);
    return new PostgresTraffic(
        route,
        RouteTls.load(route, PostgresTraffic.PROTOCOL),
        which -> {
          throw new IllegalStateException("not to be asked");
        },
        new Freshness(),
        MOCKS,
        InheritedSockets.none());
  }

  private static SideConfig side(PostgresDatabase database, int port, SideTls tls) {
    return new SideConfig(
        new HostPort(database.server().host(), port),
        database.name(),
        PostgresServer.SUPERUSER,
        Optional.empty(),
        tls);
  }

  private PostgresDatabase side(Side which) {
    return which == Side.BLUE ? blue : green;
  }

  void onBoth(String sql) {
    blue.execute(sql);
    green.execute(sql);
  }

  InetSocketAddress address() {
    return traffic.address().orElseThrow();
  }

  Connection connect() throws SQLException {
    return connect(PostgresServer.SUPERUSER, "", "");
  }

  /**
   * @param options further parameters of the driver, each with a leading ampersand
   */
  Connection connect(String user, String password, String options) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:%d/%s?sslmode=disable&user=%s&password=%s%s"
            .formatted(address().getPort(), blue.name(), user, password, options));
  }

  Side primary() {
    return standing.primary();
  }

  /**
   * @param options of the driver, {@code name=value}, of which {@code sslmode} is one
   */
  Connection connectEncrypted(String user, String password, String... options) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://localhost:%d/%s?user=%s&password=%s&%s"
            .formatted(
                address().getPort(), blue.name(), user, password, String.join("&", options)));
  }

  /** A change of primary without a sync: what the traffic does of it. */
  void flip() throws Exception {
    traffic.connectAhead().get(30, TimeUnit.SECONDS);
    flipAtOnce();
  }

  /** The same, of sessions that are as far as they are. */
  void flipAtOnce() throws Exception {
    traffic.pause().get(30, TimeUnit.SECONDS);
    List<Traffic.Immovable> left =
        traffic.moveSessions(Duration.ofSeconds(30)).get(30, TimeUnit.SECONDS);
    if (!left.isEmpty()) {
      throw new AssertionError("a session could not be moved: " + left);
    }
    standing = new Standing(standing.epoch().next(), standing.primary().other());
    traffic.flip(standing).get(30, TimeUnit.SECONDS);
    traffic.resume();
  }

  static String ask(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public void close() throws Exception {
    traffic.close().get(30, TimeUnit.SECONDS);
    toBlue.close();
    toGreen.close();
    blue.close();
    if (green != blue) {
      green.close();
    }
  }
}
