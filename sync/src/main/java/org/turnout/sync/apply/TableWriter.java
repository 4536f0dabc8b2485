package org.turnout.sync.apply;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.turnout.sync.apply.TargetTable.TargetColumn;

/**
 * Writes changed rows to one table of the target: one statement for many rows, each column an array
 * of texts that the server casts, so that no type is decoded here. Confined to the applier's
 * thread; the statements live as long as its connection.
 */
final class TableWriter {
  /** Column sets of updates differ by what was out of line: few, but not bounded by nature. */
  private static final int STATEMENTS = 50;

  private static final Collector<CharSequence, ?, String> LIST = Collectors.joining(", ");

  private final Connection connection;
  private final Followed followed;
  private final List<TargetColumn> columns;
  private final Map<String, PreparedStatement> statements = new HashMap<>();

  TableWriter(Connection connection, Followed followed) {
    this.connection = connection;
    this.followed = followed;
    this.columns = followed.columns();
  }

  /** One row by its identity, with the values to write. */
  record Row(List<String> identity, RowChange change) {}

  /** Deletes rows; returns how many were there. */
  int delete(List<Row> rows) throws SQLException {
    PreparedStatement statement =
        prepare(
            "DELETE FROM "
                + followed.target().ownRows()
                + " t USING "
                + arrays(followed.identity().size(), "")
                + " WHERE "
                + matches());
    bindIdentities(statement, rows);
    return statement.executeUpdate();
  }

  /**
   * Deletes rows that equal the given ones in everything, each at most as often as is said; returns
   * how many were deleted. The text of the whole row decides, for some types have no equality and
   * others take different values for equal; the columns before it let the server search quicker.
   *
   * @param nulls the columns that are NULL in all of these rows
   */
  int deleteEqual(BitSet nulls, List<Row> rows, List<Integer> counts) throws SQLException {
    List<Integer> all = IntStream.range(0, columns.size()).boxed().toList();
    String found = all.stream().map(c -> "s." + columns.get(c).sqlName()).collect(LIST);
    String wanted = all.stream().map(c -> value(c, c)).collect(LIST);
    PreparedStatement statement =
        prepare(
            """
            DELETE FROM ONLY %1$s t WHERE t.ctid = ANY (ARRAY(
              SELECT f.place
                FROM (SELECT s.ctid AS place, v.v%2$d::bigint AS most,
                             row_number() OVER (PARTITION BY v.n) AS nth
                        FROM %3$s JOIN ONLY %1$s s
                          ON %4$s ROW(%5$s)::text COLLATE "C" = ROW(%6$s)::text COLLATE "C") f
               WHERE f.nth <= f.most))
            """
                .formatted(
                    followed.target().sqlName(),
                    columns.size(),
                    arrays(columns.size() + 1, ", n"),
                    all.stream().map(c -> alike(c, nulls.get(c))).collect(Collectors.joining()),
                    found,
                    wanted));
    bindValues(statement, 0, all, rows);
    bind(statement, columns.size(), counts.stream().map(String::valueOf).toArray(String[]::new));
    return statement.executeUpdate();
  }

  /** What rows that are the same have in common, cheap to ask; nothing for some types. */
  private String alike(int column, boolean isNull) {
    TargetColumn asked = columns.get(column);
    if (isNull) {
      return "s." + asked.sqlName() + " IS NULL AND ";
    }
    return asked.ordered()
        ? "s." + asked.sqlName() + " " + asked.equality() + " " + value(column, column) + " AND "
        : "";
  }

  /** Updates rows that all bring the same columns; returns how many were there. */
  int update(BitSet present, List<Row> rows) throws SQLException {
    List<Integer> set =
        present.stream().filter(c -> !followed.identity().contains(c)).boxed().toList();
    if (set.isEmpty()) {
      return rows.size();
    }
    int first = followed.identity().size();
    String assignments =
        IntStream.range(0, set.size())
            .mapToObj(i -> columns.get(set.get(i)).sqlName() + " = " + value(first + i, set.get(i)))
            .collect(Collectors.joining(", "));
    PreparedStatement statement =
        prepare(
            "UPDATE "
                + followed.target().ownRows()
                + " t SET "
                + assignments
                + " FROM "
                + arrays(first + set.size(), "")
                + " WHERE "
                + matches());
    bindIdentities(statement, rows);
    bindValues(statement, first, set, rows);
    return statement.executeUpdate();
  }

  /** Inserts whole rows; one whose key is there already becomes the new one. */
  void insert(List<Row> rows) throws SQLException {
    List<Integer> all = IntStream.range(0, columns.size()).boxed().toList();
    PreparedStatement statement =
        prepare(
            "INSERT INTO "
                + followed.target().sqlName()
                + " ("
                + columns.stream().map(TargetColumn::sqlName).collect(Collectors.joining(", "))
                + ") OVERRIDING SYSTEM VALUE SELECT "
                + all.stream().map(c -> value(c, c)).collect(Collectors.joining(", "))
                + " FROM "
                + arrays(columns.size(), "")
                + conflict());
    bindValues(statement, 0, all, rows);
    statement.executeUpdate();
  }

  private String conflict() {
    if (followed.keyless()) {
      return "";
    }
    String assignments =
        IntStream.range(0, columns.size())
            .filter(c -> !followed.identity().contains(c) && !columns.get(c).identityAlways())
            .mapToObj(c -> columns.get(c).sqlName() + " = EXCLUDED." + columns.get(c).sqlName())
            .collect(Collectors.joining(", "));
    return " ON CONFLICT ("
        + followed.identity().stream()
            .map(c -> columns.get(c).sqlName())
            .collect(Collectors.joining(", "))
        + (assignments.isEmpty() ? ") DO NOTHING" : ") DO UPDATE SET " + assignments);
  }

  /** Fills in, from the rows as they are on the target, what the log omitted. */
  void complete(List<Row> rows) throws SQLException {
    PreparedStatement statement =
        prepare(
            "SELECT v.n, "
                + columns.stream()
                    .map(c -> "t." + c.sqlName() + "::text")
                    .collect(Collectors.joining(", "))
                + " FROM "
                + followed.target().ownRows()
                + " t, "
                + arrays(followed.identity().size(), ", n")
                + " WHERE "
                + matches());
    bindIdentities(statement, rows);
    try (ResultSet found = statement.executeQuery()) {
      while (found.next()) {
        RowChange change = rows.get(found.getInt(1) - 1).change();
        for (int column = 0; column < columns.size(); column++) {
          if (!change.present().get(column)) {
            change.set(column, found.getString(column + 2));
          }
        }
      }
    }
  }

  private String value(int array, int column) {
    return "v.v" + array + "::" + columns.get(column).type();
  }

  private String matches() {
    List<Integer> identity = followed.identity();
    return IntStream.range(0, identity.size())
        .mapToObj(
            i -> {
              TargetColumn column = columns.get(identity.get(i));
              return "t."
                  + column.sqlName()
                  + " "
                  + column.equality()
                  + " "
                  + value(i, identity.get(i));
            })
        .collect(Collectors.joining(" AND "));
  }

  private static String arrays(int count, String ordinality) {
    String parameters =
        IntStream.range(0, count).mapToObj(i -> "?::text[]").collect(Collectors.joining(", "));
    String names =
        IntStream.range(0, count).mapToObj(i -> "v" + i).collect(Collectors.joining(", "));
    return "unnest("
        + parameters
        + ")"
        + (ordinality.isEmpty() ? "" : " WITH ORDINALITY")
        + " AS v ("
        + names
        + ordinality
        + ")";
  }

  private PreparedStatement prepare(String sql) throws SQLException {
    PreparedStatement known = statements.get(sql);
    if (known != null) {
      return known;
    }
    if (statements.size() >= STATEMENTS) {
      close();
    }
    PreparedStatement statement = connection.prepareStatement(sql);
    statements.put(sql, statement);
    return statement;
  }

  private void bindIdentities(PreparedStatement statement, List<Row> rows) throws SQLException {
    for (int i = 0; i < followed.identity().size(); i++) {
      String[] texts = new String[rows.size()];
      for (int row = 0; row < texts.length; row++) {
        texts[row] = rows.get(row).identity().get(i);
      }
      bind(statement, i, texts);
    }
  }

  private void bindValues(
      PreparedStatement statement, int first, List<Integer> which, List<Row> rows)
      throws SQLException {
    for (int i = 0; i < which.size(); i++) {
      @Nullable String[] texts = new @Nullable String[rows.size()];
      for (int row = 0; row < texts.length; row++) {
        texts[row] = rows.get(row).change().value(which.get(i));
      }
      bind(statement, first + i, texts);
    }
  }

  private void bind(PreparedStatement statement, int position, @Nullable String[] texts)
      throws SQLException {
    statement.setArray(position + 1, connection.createArrayOf("text", texts));
  }

  /** Releases the statements. */
  void close() throws SQLException {
    List<PreparedStatement> open = new ArrayList<>(statements.values());
    statements.clear();
    for (PreparedStatement statement : open) {
      statement.close();
    }
  }
}
