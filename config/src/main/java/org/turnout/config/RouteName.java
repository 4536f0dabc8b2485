package org.turnout.config;

import java.util.regex.Pattern;

/**
 * The name of a route: 1 to 40 lower-case letters, digits and {@code _}, starting with a letter, so
 * that it can be a part of the names of replication slots and publications.
 */
public record RouteName(String value) implements Comparable<RouteName> {
  private static final Pattern VALID = Pattern.compile("[a-z][a-z0-9_]{0,39}");

  /**
   * Checks the name.
   *
   * @throws IllegalArgumentException when the name is not of the form above
   */
  public RouteName {
    if (!VALID.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "route name \""
              + value
              + "\" is not 1 to 40 lower-case letters, digits and _, starting with a letter");
    }
  }

  @Override
  public int compareTo(RouteName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
