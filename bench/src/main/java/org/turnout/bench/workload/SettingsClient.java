package org.turnout.bench.workload;

import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * Lives by what its session holds: settings, a prepared statement made in SQL, a channel that it
 * listens on. All must be there at each turn, whichever side serves it.
 */
final class SettingsClient extends Client {
  private static final int DELIVERY_MILLIS = 5_000;

  private final String channel;
  private final String application;
  private long sent;

  SettingsClient(int client, Surroundings surroundings) {
    super("settings-" + client, surroundings, Long.MAX_VALUE);
    this.channel = "demo_" + client;
    this.application = "settings " + client;
  }

  @Override
  void open(Session session) throws SQLException {
    session.run("SET TIME ZONE 'Pacific/Chatham'");
    session.run("SET application_name = '" + application + "'");
    session.run("SET search_path = audit, public");
    session.run("SET statement_timeout = '55s'");
    session.run(
        "PREPARE price_of (text, text) AS SELECT net FROM price WHERE sku = $1 AND region = $2");
    session.run("LISTEN " + channel);
  }

  @Override
  void cycle(Session session) throws SQLException {
    expect(
        "settings",
        "Pacific/Chatham|" + application + "|audit, public|55s",
        session.one(
            "SELECT current_setting('TimeZone') || '|' || current_setting('application_name')"
                + " || '|' || current_setting('search_path')"
                + " || '|' || current_setting('statement_timeout')",
            row -> row.getString(1)));
    session.run("EXECUTE price_of ('sku-7', 'us')");
    expect(
        "search path",
        "true",
        session.one(
            "SELECT count(kind) > 0 FROM (SELECT kind FROM event LIMIT 1) AS e",
            row -> Boolean.toString(row.getBoolean(1))));
    notification(session);
  }

  private void notification(Session session) throws SQLException {
    String payload = Long.toString(++sent);
    session.run("NOTIFY " + channel + ", '" + payload + "'");
    PGConnection connection = session.connection().unwrap(PGConnection.class);
    PGNotification[] arrived = connection.getNotifications();
    if (arrived.length == 0) {
      arrived = connection.getNotifications(DELIVERY_MILLIS);
    }
    expect(
        "notification",
        payload,
        arrived.length == 0 ? "none" : arrived[arrived.length - 1].getParameter());
  }

  private void expect(String what, String wanted, String found) {
    if (!wanted.equals(found)) {
      tally().error(name() + ": " + what + " is " + found + ", not " + wanted);
    }
  }
}
