package org.turnout.sync.copy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.turnout.sync.Finding;
import org.turnout.sync.Finding.Severity;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.Tables;

/**
 * All sequences of the moved database: standalone, serial and identity. The change stream does not
 * carry them, so they are set from the source's own values, never guessed from the tables. Names
 * are read once; {@link #advance} then takes two round trips however many there are, short enough
 * for a pause. Confined to its caller.
 */
public final class Sequences {
  private static final String NAMES =
      """
      SELECT format('%%I.%%I', n.nspname, c.relname)
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind = 'S' AND c.relpersistence <> 't'
         AND %s AND %s
       ORDER BY 1
      """
          .formatted(Tables.USER_SCHEMA, Tables.NOT_OF_EXTENSION);

  /**
   * Only those that differ. Of one that was never drawn from the catalogue tells no value, so it is
   * set unless it is to stand at its start.
   */
  private static final String SET =
      """
      SELECT count(setval(moved.seqrelid, moved.wanted, moved.called))
        FROM (
          SELECT q.seqrelid, u.wanted, u.called
            FROM unnest(?::text[], ?::bigint[], ?::boolean[]) u (name, wanted, called)
            JOIN pg_sequence q ON q.seqrelid = to_regclass(u.name)
            CROSS JOIN LATERAL (SELECT pg_sequence_last_value(q.seqrelid) AS now) n
           WHERE CASE WHEN u.called THEN n.now IS DISTINCT FROM u.wanted
                      ELSE n.now IS NOT NULL OR u.wanted <> q.seqstart END) moved
      """;

  private final List<String> names;

  private Sequences(List<String> names) {
    this.names = names;
  }

  /**
   * The sequences of the source, all of which the target must have.
   *
   * @throws SyncException naming those that the target lacks
   */
  public static Sequences load(Connection source, Connection target)
      throws SQLException, SyncException {
    List<Finding> missing = missing(source, target);
    if (!missing.isEmpty()) {
      throw new SyncException(
          "Sequences are missing on the secondary: "
              + missing.stream().map(Finding::subject).collect(Collectors.joining(", ")),
          missing);
    }
    return common(source, target);
  }

  /** The sequences that both sides have; what the target lacks is for {@link #missing} to say. */
  static Sequences common(Connection source, Connection target) throws SQLException {
    List<String> names = new ArrayList<>(names(source));
    names.retainAll(Set.copyOf(names(target)));
    return new Sequences(names);
  }

  /** The sequences of the source that the target lacks, each as a blocker. */
  static List<Finding> missing(Connection source, Connection target) throws SQLException {
    TreeSet<String> missing = new TreeSet<>(names(source));
    names(target).forEach(missing::remove);
    return missing.stream().map(Sequences::missing).toList();
  }

  private static Finding missing(String name) {
    return new Finding(
        "sequence-missing",
        Severity.BLOCKER,
        name,
        "The sequence is on the primary but not on the secondary.",
        "Create it on the secondary with the same definition.");
  }

  /**
   * Sets every sequence of the target to the source's value, exactly. It needs no margin: what a
   * session of the source has cached lies before that value, and while the source may still be
   * drawn from, nobody draws from the target, and it is set again. So no value is skipped, and none
   * near the sequence's end is taken away by an attempt that was called off.
   *
   * @return how many moved
   */
  public int advance(Connection source, Connection target) throws SQLException {
    if (names.isEmpty()) {
      return 0;
    }
    List<String> name = new ArrayList<>();
    List<Long> value = new ArrayList<>();
    List<Boolean> called = new ArrayList<>();
    try (Statement statement = source.createStatement();
        ResultSet row = statement.executeQuery(values(statement))) {
      while (row.next()) {
        name.add(row.getString(1));
        value.add(row.getLong(2));
        called.add(row.getBoolean(3));
      }
    }
    try (PreparedStatement statement = target.prepareStatement(SET)) {
      statement.setArray(1, target.createArrayOf("text", name.toArray()));
      statement.setArray(2, target.createArrayOf("bigint", value.toArray()));
      statement.setArray(3, target.createArrayOf("boolean", called.toArray()));
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getInt(1);
      }
    }
  }

  /** One query over all: the values stand in the sequences themselves, not in the catalogue. */
  private String values(Statement statement) throws SQLException {
    List<String> each = new ArrayList<>();
    for (String name : names) {
      String literal = statement.enquoteLiteral(name);
      each.add("SELECT " + literal + "::text, last_value, is_called FROM " + name);
    }
    return String.join(" UNION ALL ", each);
  }

  private static List<String> names(Connection connection) throws SQLException {
    List<String> names = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(NAMES)) {
      while (row.next()) {
        names.add(row.getString(1));
      }
    }
    return names;
  }
}
