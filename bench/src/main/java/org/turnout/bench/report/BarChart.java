package org.turnout.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.turnout.bench.peer.Peer;

/**
 * Horizontal bars in groups, as SVG text that stands in a page: each bar shows a median, a thin
 * line over it the extremes of the rounds. The page's style sheet has the colours.
 */
final class BarChart {
  private static final int WIDTH = 480;
  private static final int BAR = 14;
  private static final int STEP = 19;
  private static final int GROUP_GAP = 12;
  private static final int LEFT = 84;
  private static final int RIGHT = 92;

  private final String caption;
  private final String unit;
  private final int decimals;
  private final List<Group> groups = new ArrayList<>();

  private record Bar(String target, Spread spread) {}

  private record Group(String label, List<Bar> bars) {}

  /**
   * @param unit written behind each value, with its space; may be empty
   */
  BarChart(String caption, String unit, int decimals) {
    this.caption = caption;
    this.unit = unit;
    this.decimals = decimals;
  }

  /** Begins a group of bars; an empty label for a chart of one group. */
  BarChart group(String label) {
    groups.add(new Group(label, new ArrayList<>()));
    return this;
  }

  BarChart bar(String target, Spread spread) {
    groups.getLast().bars().add(new Bar(target, spread));
    return this;
  }

  boolean isEmpty() {
    return groups.stream().allMatch(group -> group.bars().isEmpty());
  }

  String svg() {
    double most =
        groups.stream()
            .flatMap(group -> group.bars().stream())
            .mapToDouble(bar -> Math.max(bar.spread().median(), bar.spread().max()))
            .max()
            .orElse(0);
    StringBuilder body = new StringBuilder();
    int y = 4;
    for (Group group : groups) {
      if (!group.label().isEmpty()) {
        text(body, 0, y + 11, "soft", group.label());
        y += STEP;
      }
      for (Bar bar : group.bars()) {
        bar(body, bar, y, most <= 0 ? 0 : (WIDTH - LEFT - RIGHT) / most);
        y += STEP;
      }
      y += GROUP_GAP;
    }
    return "<figure><figcaption>"
        + Html.escape(caption)
        + "</figcaption><svg viewBox=\"0 0 "
        + WIDTH
        + " "
        + y
        + "\" role=\"img\" aria-label=\""
        + Html.escape(caption)
        + "\">"
        + "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"0\" y2=\"%d\"/>"
            .formatted(LEFT, LEFT, y - GROUP_GAP)
        + body
        + "</svg></figure>";
  }

  private void bar(StringBuilder out, Bar bar, int y, double scale) {
    Spread spread = bar.spread();
    double length = Math.max(0, spread.median()) * scale;
    double low = LEFT + Math.max(0, spread.min()) * scale;
    double high = LEFT + Math.max(0, spread.max()) * scale;
    text(out, 0, y + 11, "", bar.target());
    out.append(
        format(
            "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"><title>"
                + "%s: %s (%s to %s)</title></rect>",
            style(bar.target()),
            LEFT,
            y,
            length,
            BAR,
            Html.escape(bar.target()),
            value(spread.median()),
            value(spread.min()),
            value(spread.max())));
    out.append(
        format(
            "<line class=\"spread\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>",
            low, high, y + BAR / 2, y + BAR / 2));
    text(out, Math.max(LEFT + length, high) + 6, y + 11, "", value(spread.median()));
  }

  private static void text(StringBuilder out, double x, int y, String style, String text) {
    out.append(
        format("<text class=\"%s\" x=\"%.1f\" y=\"%d\">%s</text>", style, x, y, Html.escape(text)));
  }

  private String value(double value) {
    return format("%,." + decimals + "f", value) + unit;
  }

  static String style(String target) {
    return switch (target) {
      case Peer.DIRECT, Peer.TURNOUT, Peer.PGBOUNCER, Peer.HAPROXY -> target;
      default -> "other";
    };
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
