package org.turnout.sync.side;

import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** A stored setting of a role or database, as the clause that sets it again. */
final class SettingClause {
  /** Settings whose value is a list, each element of which is quoted on its own. */
  private static final Set<String> LISTS =
      Set.of(
          "search_path",
          "datestyle",
          "temp_tablespaces",
          "session_preload_libraries",
          "local_preload_libraries");

  private SettingClause() {}

  /**
   * The clause, with a space before it.
   *
   * @param setting as {@code pg_db_role_setting} has it, {@code name=value}
   */
  static String of(Statement statement, String setting) throws SQLException {
    int equals = setting.indexOf('=');
    String name = setting.substring(0, equals);
    return " SET " + quoted(name) + " TO " + value(statement, name, setting.substring(equals + 1));
  }

  /** A setting of an extension has a dot, which must stay outside the quotes. */
  private static String quoted(String name) {
    return String.join(".", Arrays.stream(name.split("\\.")).map(Table::quote).toList());
  }

  private static String value(Statement statement, String name, String value) throws SQLException {
    if (!LISTS.contains(name.toLowerCase(Locale.ROOT)) || value.isEmpty()) {
      return statement.enquoteLiteral(value);
    }
    List<String> elements = new ArrayList<>();
    for (String element : value.split(",")) {
      String bare = element.strip();
      boolean quoted = bare.length() > 1 && bare.startsWith("\"") && bare.endsWith("\"");
      elements.add(statement.enquoteLiteral(quoted ? bare.substring(1, bare.length() - 1) : bare));
    }
    return String.join(", ", elements);
  }
}
