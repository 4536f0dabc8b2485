package org.turnout.bench.report;

import java.util.List;
import java.util.Locale;

/** The few shapes that the page is made of. */
final class Html {
  private Html() {}

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  /** A table whose cells are text. */
  static String table(String style, List<String> head, List<List<String>> rows) {
    StringBuilder out =
        new StringBuilder("<div class=\"scroll\"><table class=\"" + style + "\"><tr>");
    head.forEach(cell -> out.append("<th>").append(escape(cell)).append("</th>"));
    out.append("</tr>");
    for (List<String> row : rows) {
      out.append("<tr>");
      row.forEach(cell -> out.append("<td>").append(escape(cell)).append("</td>"));
      out.append("</tr>");
    }
    return out.append("</table></div>").toString();
  }

  static String number(double value, int decimals) {
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  static String spread(Spread spread, int decimals) {
    return number(spread.median(), decimals)
        + " ("
        + number(spread.min(), decimals)
        + "–"
        + number(spread.max(), decimals)
        + ")";
  }
}
