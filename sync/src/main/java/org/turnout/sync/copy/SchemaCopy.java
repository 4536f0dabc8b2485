package org.turnout.sync.copy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.turnout.config.SyncConfig;
import org.turnout.config.SyncConfig.Schema;
import org.turnout.sync.Finding;
import org.turnout.sync.Finding.Severity;
import org.turnout.sync.SyncException;
import org.turnout.sync.copy.SchemaSteps.Stage;
import org.turnout.sync.side.DatabaseSettings;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.ReplicaIdentity;
import org.turnout.sync.side.Roles;
import org.turnout.sync.side.Table;
import org.turnout.sync.side.Tables;

/**
 * Brings the tables themselves to the target. Either {@code pg_dump} writes them: what the rows
 * need before the rows, in one transaction, and indexes, constraints and triggers after them. Or
 * the operator made them, and they are compared. The order of calls is {@link #prepare}, the copy
 * of the rows, {@link #finishRows}, following the stream until it is past the newest snapshot of
 * the copy, {@link #finishConsistent}. Each is idempotent and goes on after a crash where it
 * stopped. One caller at a time.
 */
public final class SchemaCopy {
  /** What the helper schema of the target must hold. */
  public static final List<String> TABLES =
      List.of(
          SchemaSteps.TABLE,
          """
          CREATE TABLE IF NOT EXISTS turnout.schema_copy (
            route text PRIMARY KEY,
            origin text NOT NULL)
          """);

  private static final Pattern SET = Pattern.compile("SET (\\w+) = .*");
  private static final Pattern FOREIGN_KEY =
      Pattern.compile("(?s)ALTER TABLE .*ADD CONSTRAINT .* FOREIGN KEY .*");

  private final PostgresSide source;
  private final PostgresSide target;
  private final SyncConfig config;
  private final DumpPrograms dumps;
  private final SchemaSteps steps;

  /**
   * Describes the work; does nothing yet.
   *
   * @param dumps where the program is looked for that writes the schema
   */
  public SchemaCopy(
      PostgresSide source, PostgresSide target, SyncConfig config, DumpPrograms dumps) {
    this.source = source;
    this.target = target;
    this.config = config;
    this.dumps = dumps;
    this.steps = new SchemaSteps(target, config.workers());
  }

  /** What {@link #prepare} would refuse now; empty also when the target is prepared already. */
  public List<Finding> inspect() throws SyncException, InterruptedException {
    try (Connection from = source.control();
        Connection to = target.control()) {
      return isPrepared(to) ? List.of() : examine(from, to, Tables.load(from), Tables.load(to));
    } catch (SQLException e) {
      throw target.failure("inspecting the schema", e);
    }
  }

  /**
   * Makes the tables on the target ready for rows, or finds that they are.
   *
   * @throws SyncException with findings when they cannot be made or differ; nothing is left behind
   */
  public void prepare() throws SyncException, InterruptedException {
    try (Connection from = source.control();
        Connection to = target.dedicated("schema")) {
      if (isPrepared(to)) {
        return;
      }
      List<Table> wanted = Tables.load(from);
      List<Table> present = Tables.load(to);
      refuse(examine(from, to, wanted, present));
      to.setAutoCommit(false);
      if (isByDump(wanted, present)) {
        prepareByDump(from, to);
      } else {
        steps.add(to, Stage.ROWS, analyze(wanted));
        record(to, Schema.PREPARED);
      }
      to.commit();
    } catch (SQLException e) {
      throw target.failure("preparing the schema", e);
    }
  }

  private boolean isByDump(List<Table> wanted, List<Table> present) {
    return switch (config.schema()) {
      case DUMP -> true;
      case PREPARED -> false;
      case AUTO -> {
        Set<String> names = new HashSet<>();
        present.forEach(table -> names.add(table.sqlName()));
        yield wanted.stream().noneMatch(table -> names.contains(table.sqlName()));
      }
    };
  }

  private List<Finding> examine(
      Connection from, Connection to, List<Table> wanted, List<Table> present)
      throws SQLException, SyncException, InterruptedException {
    if (!isByDump(wanted, present)) {
      List<Finding> differences = SchemaComparison.compare(from, to, target.side());
      return differences.isEmpty()
          ? SchemaComparison.filled(to, wanted, target.side())
          : differences;
    }
    if (!present.isEmpty()) {
      return List.of(notEmpty(present.getFirst()));
    }
    return dump(from, to).isPresent() ? List.of() : List.of(noDump(from, to));
  }

  private void refuse(List<Finding> findings) throws SyncException {
    if (!findings.isEmpty()) {
      Finding first = findings.getFirst();
      throw new SyncException(
          "The schema of %s is not ready to take the rows: %s: %s %s%s"
              .formatted(
                  target.side().word(),
                  first.subject(),
                  first.message(),
                  first.advice(),
                  findings.size() > 1 ? " (and " + (findings.size() - 1) + " more)" : ""),
          findings);
    }
  }

  /**
   * Indexes, keys, triggers, statistics and sequences, once the rows are copied. Afterwards the
   * stream can be applied, whether or not the target has every sequence: one that was made on the
   * source since is for {@link SchemaDrift} to name, and no reason to let the stream stand still.
   */
  public void finishRows() throws SyncException, InterruptedException {
    steps.run(Stage.ROWS);
    try (Connection from = source.control();
        Connection to = target.control()) {
      Sequences.common(from, to).advance(from, to);
    } catch (SQLException e) {
      throw target.failure("setting the sequences", e);
    }
  }

  /**
   * Foreign keys, materialised views and what depends on them. The tables were possibly copied at
   * different snapshots, so this is due once the stream is applied past the newest of them; the
   * applier may go on meanwhile.
   *
   * @return warnings: what could not be done and does not stop the sync
   */
  public List<Finding> finishConsistent() throws SyncException, InterruptedException {
    steps.run(Stage.CONSISTENT);
    try (Connection to = target.control()) {
      return steps.problems(to).stream().map(this::problem).toList();
    } catch (SQLException e) {
      throw target.failure("reading what is left of the schema", e);
    }
  }

  /**
   * Completes a schema whose rows were removed again, so that what is left is a whole schema
   * without rows, fit for a later sync. Does nothing where none was begun.
   */
  public void finishEmptied() throws SyncException, InterruptedException {
    try (Connection to = target.control()) {
      if (!isPrepared(to)) {
        return;
      }
    } catch (SQLException e) {
      throw target.failure("reading what is left of the schema", e);
    }
    steps.run(Stage.ROWS);
    steps.run(Stage.CONSISTENT);
  }

  private Finding problem(String text) {
    return new Finding(
        "schema-step",
        Severity.WARNING,
        target.side().word(),
        "A step of the schema could not be done: " + text,
        "Do it by hand before the cutover.");
  }

  private boolean isPrepared(Connection connection) throws SQLException {
    String known = "SELECT coalesce(to_regclass('turnout.schema_copy')::text, '')";
    if (names(connection, known).getFirst().isEmpty()) {
      return false;
    }
    try (PreparedStatement select =
        connection.prepareStatement("SELECT 1 FROM turnout.schema_copy WHERE route = ?")) {
      select.setString(1, target.route().value());
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }

  private void record(Connection connection, Schema origin) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO turnout.schema_copy VALUES (?, ?)")) {
      insert.setString(1, target.route().value());
      insert.setString(2, origin.name());
      insert.executeUpdate();
    }
  }

  private void prepareByDump(Connection from, Connection to)
      throws SQLException, SyncException, InterruptedException {
    PgDump dump = dump(from, to).orElseThrow();
    Roles.createMissing(from, to, source, target);
    DatabaseSettings.copyMissing(from, to);
    List<String> postData = dump.schema(source, "post-data");
    execute(to, dump.schema(source, "pre-data"));
    Set<String> own = ReplicaIdentity.statements(from, source.route());
    List<String> kept =
        postData.stream().filter(sql -> !isSessionSetting(sql) && !own.contains(sql)).toList();
    int consistent = firstForeignKey(kept);
    steps.add(to, Stage.ROWS, kept.subList(0, consistent));
    steps.add(to, Stage.ROWS, analyze(Tables.load(from)));
    steps.add(to, Stage.CONSISTENT, kept.subList(consistent, kept.size()));
    steps.add(to, Stage.CONSISTENT, refresh(from));
    record(to, Schema.DUMP);
  }

  private Finding notEmpty(Table present) {
    return new Finding(
        "green-not-empty",
        Severity.BLOCKER,
        target.side().word(),
        "The database already holds tables, for example " + present.displayName() + ".",
        "Use an empty database, or set sync.schema to prepared if the tables are meant to take"
            + " the rows.");
  }

  private Optional<PgDump> dump(Connection from, Connection to)
      throws SQLException, SyncException, InterruptedException {
    return dumps.find(
        PostgresSide.serverVersion(from) / 10_000, PostgresSide.serverVersion(to) / 10_000);
  }

  private Finding noDump(Connection from, Connection to) throws SQLException {
    int sourceMajor = PostgresSide.serverVersion(from) / 10_000;
    int targetMajor = PostgresSide.serverVersion(to) / 10_000;
    return new Finding(
        "no-pg-dump",
        Severity.BLOCKER,
        target.side().word(),
        "The tables are not there yet, and no pg_dump of major "
            + sourceMajor
            + " or newer is on this machine to make them.",
        "Install postgresql-client-"
            + Math.max(sourceMajor, targetMajor)
            + ", or create the schema on "
            + target.side().word()
            + " by yourself and start again.");
  }

  private void execute(Connection to, List<String> statements) throws SQLException, SyncException {
    Set<String> known = settings(to);
    try (Statement statement = to.createStatement()) {
      statement.setEscapeProcessing(false);
      for (String sql : statements) {
        Matcher set = SET.matcher(sql);
        if (set.matches() && !known.contains(set.group(1))) {
          continue; // a setting that only the dump's own major has
        }
        try {
          statement.execute(sql);
        } catch (SQLException e) {
          throw target.failure("running " + SchemaSteps.head(sql), e);
        }
      }
      statement.execute("SET search_path = pg_catalog");
    }
  }

  /** The steps run later and on other sessions, each of which sets what it needs. */
  private static boolean isSessionSetting(String sql) {
    return SET.matcher(sql).matches() || sql.startsWith("SELECT pg_catalog.set_config(");
  }

  /** Settings that the server knows. */
  private static Set<String> settings(Connection connection) throws SQLException {
    return new HashSet<>(names(connection, "SELECT name FROM pg_settings"));
  }

  /** Those that hold rows on the source, in the order in which they can be filled. */
  private static List<String> refresh(Connection source) throws SQLException {
    return names(
        source,
        """
        SELECT format('REFRESH MATERIALIZED VIEW %%I.%%I', n.nspname, c.relname)
          FROM pg_class c
          JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'm' AND c.relispopulated AND %s AND %s
         ORDER BY c.oid
        """
            .formatted(Tables.USER_SCHEMA, Tables.NOT_OF_EXTENSION));
  }

  private static List<String> names(Connection connection, String sql) throws SQLException {
    List<String> names = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        names.add(row.getString(1));
      }
    }
    return names;
  }

  private static int firstForeignKey(List<String> statements) {
    for (int i = 0; i < statements.size(); i++) {
      if (FOREIGN_KEY.matcher(statements.get(i)).matches()) {
        return i;
      }
    }
    return statements.size();
  }

  private static List<String> analyze(List<Table> tables) {
    return tables.stream().map(table -> "ANALYZE " + table.sqlName()).toList();
  }
}
