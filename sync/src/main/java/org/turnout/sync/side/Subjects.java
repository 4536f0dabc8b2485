package org.turnout.sync.side;

import java.util.List;

/** Names one finding of many tables: not more of them than an operator reads. */
public final class Subjects {
  private static final int SHOWN = 10;

  private Subjects() {}

  /** The names, and how many more there are. */
  public static String list(List<String> names) {
    String shown = String.join(", ", names.subList(0, Math.min(SHOWN, names.size())));
    return names.size() <= SHOWN ? shown : shown + " and " + (names.size() - SHOWN) + " more";
  }
}
