package org.turnout.sync.copy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.PostgresSide;

/**
 * What remains to be done on the target after the rows: a durable list of statements on the target
 * itself. Each is run in the same transaction that marks it as done, so that after a crash the list
 * goes on exactly where it stopped.
 */
final class SchemaSteps {
  static final String TABLE =
      """
      CREATE TABLE IF NOT EXISTS turnout.schema_step (
        route text NOT NULL,
        number int NOT NULL,
        stage text NOT NULL,
        statement text NOT NULL,
        done boolean NOT NULL DEFAULT false,
        problem text,
        PRIMARY KEY (route, number))
      """;

  /** Index builds, which may run side by side where they follow each other in the list. */
  private static final Pattern INDEX =
      Pattern.compile(
          "(?s)CREATE (UNIQUE )?INDEX .*|ALTER TABLE .*ADD CONSTRAINT .* (PRIMARY KEY|UNIQUE) .*"
              + "|ANALYZE .*");

  /** A materialised view that cannot be filled is reported and does not stop a sync. */
  private static final String REFRESH = "REFRESH MATERIALIZED VIEW ";

  /** When a statement is due. */
  enum Stage {
    /** Once the rows are there. */
    ROWS,
    /** Once the tables are consistent with each other. */
    CONSISTENT
  }

  private final PostgresSide target;
  private final int workers;

  SchemaSteps(PostgresSide target, int workers) {
    this.target = target;
    this.workers = workers;
  }

  /** Appends statements to the list, in the caller's transaction. */
  void add(Connection connection, Stage stage, List<String> statements) throws SQLException {
    String sql =
        """
        INSERT INTO turnout.schema_step (route, number, stage, statement)
        SELECT ?, coalesce(max(number), 0) + 1, ?, ? FROM turnout.schema_step WHERE route = ?
        """;
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      for (String statement : statements) {
        insert.setString(1, target.route().value());
        insert.setString(2, stage.name());
        insert.setString(3, statement);
        insert.setString(4, target.route().value());
        insert.executeUpdate();
      }
    }
  }

  /** Does what is left of a stage, in order. */
  void run(Stage stage) throws SyncException, InterruptedException {
    Queue<Step> open = new ArrayDeque<>(open(stage));
    while (!open.isEmpty()) {
      List<Step> group = new ArrayList<>(List.of(open.remove()));
      while (group.getFirst().isIndex() && !open.isEmpty() && open.element().isIndex()) {
        group.add(open.remove());
      }
      run(group);
    }
  }

  /** What could not be done without stopping the sync: statement and the server's words. */
  List<String> problems(Connection connection) throws SQLException {
    List<String> problems = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT statement || ': ' || problem FROM turnout.schema_step"
                + " WHERE route = ? AND problem IS NOT NULL ORDER BY number")) {
      select.setString(1, target.route().value());
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          problems.add(row.getString(1));
        }
      }
    }
    return problems;
  }

  private List<Step> open(Stage stage) throws SyncException {
    List<Step> steps = new ArrayList<>();
    try (Connection connection = target.control();
        PreparedStatement select =
            connection.prepareStatement(
                "SELECT number, statement FROM turnout.schema_step"
                    + " WHERE route = ? AND stage = ? AND NOT done ORDER BY number")) {
      select.setString(1, target.route().value());
      select.setString(2, stage.name());
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          steps.add(new Step(row.getInt(1), row.getString(2)));
        }
      }
    } catch (SQLException e) {
      throw target.failure("reading what is left of the schema", e);
    }
    return steps;
  }

  private void run(List<Step> group) throws SyncException, InterruptedException {
    Queue<Step> queue = new ConcurrentLinkedQueue<>(group);
    Crew.run(Math.min(workers, group.size()), "turnout-schema", crew -> work(crew, queue));
  }

  private void work(Crew crew, Queue<Step> queue) throws SyncException {
    try (Connection connection = crew.own(target.dedicated("schema"))) {
      connection.setAutoCommit(false);
      for (Step step = queue.poll(); step != null && !crew.hasEnded(); step = queue.poll()) {
        run(connection, step);
      }
    } catch (SQLException e) {
      throw target.failure("completing the schema", e);
    }
  }

  private void run(Connection connection, Step step) throws SQLException, SyncException {
    try {
      execute(connection, step.statement);
      finish(connection, step, null);
    } catch (SQLException e) {
      if (!step.statement.startsWith(REFRESH) || connection.isClosed()) {
        throw target.failure("running " + head(step.statement), e);
      }
      connection.rollback();
      finish(connection, step, String.valueOf(e.getMessage()));
    }
  }

  /** The dump sets these for its session; bodies are checked when they first run. */
  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute("SET LOCAL check_function_bodies = off; SET LOCAL search_path = ''");
      statement.execute(sql);
      statement.execute("SET LOCAL search_path = pg_catalog");
    }
  }

  private void finish(Connection connection, Step step, @Nullable String problem)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE turnout.schema_step SET done = true, problem = ?"
                + " WHERE route = ? AND number = ?")) {
      update.setString(1, problem);
      update.setString(2, target.route().value());
      update.setInt(3, step.number);
      update.executeUpdate();
    }
    connection.commit();
  }

  /** The first line of a statement, which names its object. */
  static String head(String statement) {
    String line = statement.lines().findFirst().orElse("");
    return line.length() > 120 ? line.substring(0, 120) + "…" : line;
  }

  /** One line of the list. */
  private record Step(int number, String statement) {
    boolean isIndex() {
      return INDEX.matcher(statement).matches();
    }
  }
}
