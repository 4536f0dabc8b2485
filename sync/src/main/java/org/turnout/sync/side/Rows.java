package org.turnout.sync.side;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Short answers of the catalogue as text. */
final class Rows {
  private Rows() {}

  /** All rows of a query, each as the text of its columns; NULL is the empty string. */
  static List<List<String>> of(Connection connection, String sql) throws SQLException {
    List<List<String>> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      int columns = row.getMetaData().getColumnCount();
      while (row.next()) {
        List<String> texts = new ArrayList<>();
        for (int column = 1; column <= columns; column++) {
          String text = row.getString(column);
          texts.add(text == null ? "" : text);
        }
        rows.add(List.copyOf(texts));
      }
    }
    return rows;
  }

  /** The first column of a query's only row. */
  static String one(Connection connection, String sql) throws SQLException {
    return of(connection, sql).getFirst().getFirst();
  }

  /** Whether a query's only value is true. */
  static boolean isTrue(Connection connection, String condition) throws SQLException {
    return one(connection, "SELECT " + condition).equals("t");
  }
}
