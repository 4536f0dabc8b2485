package org.turnout.config;

import java.util.Locale;

/**
 * One of the two databases of a route: {@code BLUE} is the database of today, {@code GREEN} the new
 * one. The names never move; which side is primary does.
 */
public enum Side {
  BLUE,
  GREEN;

  /** The other database of the same route. */
  public Side other() {
    return this == BLUE ? GREEN : BLUE;
  }

  /** The word used in configuration, API, metrics and documents: {@code blue} or {@code green}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
