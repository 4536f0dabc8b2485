package org.turnout.bench.demo;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.turnout.bench.workload.Shop;
import org.turnout.bench.workload.Target;
import org.turnout.embedded.PostgresServer;

/**
 * Blue, PostgreSQL 14 with the filled shop, and green, PostgreSQL 18 with its empty tables and the
 * same roles. Both ask for SCRAM passwords that are new in each demo.
 */
final class Databases implements AutoCloseable {
  static final int BLUE_MAJOR = 14;
  static final int GREEN_MAJOR = 18;
  static final String NAME = "shop";
  static final String APPLICATION_ROLE = "shop_app";
  static final String TURNOUT_ROLE = "turnout";

  private final PostgresServer blue;
  private final PostgresServer green;
  private final String applicationPassword;
  private final String turnoutPassword;

  private Databases(
      PostgresServer blue,
      PostgresServer green,
      String applicationPassword,
      String turnoutPassword) {
    this.blue = blue;
    this.green = green;
    this.applicationPassword = applicationPassword;
    this.turnoutPassword = turnoutPassword;
  }

  static Databases start() throws SQLException {
    CompletableFuture<PostgresServer> starting =
        CompletableFuture.supplyAsync(() -> builder(GREEN_MAJOR).start());
    PostgresServer blue = builder(BLUE_MAJOR).start();
    Databases databases = new Databases(blue, starting.join(), password(), password());
    databases.create();
    return databases;
  }

  private static PostgresServer.Builder builder(int major) {
    return PostgresServer.builder(major)
        .authentication(PostgresServer.Authentication.SCRAM)
        .superuserPassword(password())
        .setting("max_connections", "200")
        .setting("shared_buffers", "256MB");
  }

  private static String password() {
    byte[] bytes = new byte[16];
    RandomGenerator.of("SecureRandom").nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private void create() throws SQLException {
    run(
        blue,
        "postgres",
        "CREATE ROLE " + TURNOUT_ROLE + " SUPERUSER LOGIN PASSWORD '" + turnoutPassword + "'",
        "CREATE ROLE " + APPLICATION_ROLE + " LOGIN PASSWORD '" + applicationPassword + "'");
    // One verifier on both sides: the client's proof opens both.
    String verifier = verifier();
    run(
        green,
        "postgres",
        "CREATE ROLE " + TURNOUT_ROLE + " SUPERUSER LOGIN PASSWORD '" + turnoutPassword + "'",
        "CREATE ROLE " + APPLICATION_ROLE + " LOGIN PASSWORD '" + verifier + "'");
    for (PostgresServer server : new PostgresServer[] {blue, green}) {
      run(server, "postgres", "CREATE DATABASE " + NAME);
      try (Connection connection = server.connect(NAME)) {
        Shop.createSchema(connection);
        Shop.grant(connection, APPLICATION_ROLE);
      }
    }
    try (Connection connection = blue.connect(NAME)) {
      Shop.createRows(connection);
    }
  }

  private String verifier() throws SQLException {
    try (Connection connection = blue.connect("postgres");
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT rolpassword FROM pg_authid WHERE rolname = '" + APPLICATION_ROLE + "'")) {
      row.next();
      return row.getString(1);
    }
  }

  private static void run(PostgresServer server, String database, String... statements)
      throws SQLException {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  PostgresServer blue() {
    return blue;
  }

  PostgresServer green() {
    return green;
  }

  /** A side by its word. */
  PostgresServer side(String word) {
    return switch (word) {
      case "blue" -> blue;
      case "green" -> green;
      default -> throw new IllegalArgumentException("no side " + word);
    };
  }

  Connection connect(String word) throws SQLException {
    return side(word).connect(NAME);
  }

  String turnoutPassword() {
    return turnoutPassword;
  }

  /** How the application reaches the shop on a port of this machine. */
  Target target(int port) {
    return new Target(
        "jdbc:postgresql://127.0.0.1:" + port + "/" + NAME, APPLICATION_ROLE, applicationPassword);
  }

  String applicationPassword() {
    return applicationPassword;
  }

  @Override
  public void close() {
    blue.close();
    green.close();
  }
}
