package org.turnout.sync;

import org.jspecify.annotations.Nullable;

/**
 * A number that grows by one at every change of primary; 0 before the first one. Every decision
 * carries it.
 */
public record Epoch(long number) implements Comparable<Epoch> {
  public static final Epoch FIRST = new Epoch(0);

  /** The epoch that the next change of primary begins. */
  public Epoch next() {
    return new Epoch(number + 1);
  }

  /** Written out, as in {@link Standing}. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Epoch epoch && epoch.number == number;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(number);
  }

  @Override
  public int compareTo(Epoch other) {
    return Long.compare(number, other.number);
  }

  @Override
  public String toString() {
    return Long.toString(number);
  }
}
