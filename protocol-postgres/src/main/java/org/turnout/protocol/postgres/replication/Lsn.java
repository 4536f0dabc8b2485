package org.turnout.protocol.postgres.replication;

import java.util.Locale;

/**
 * A position in a server's log, as {@code pg_lsn}: 64 bits, unsigned.
 *
 * @see <a href="https://www.postgresql.org/docs/current/datatype-pg-lsn.html">pg_lsn</a>
 */
public record Lsn(long value) implements Comparable<Lsn> {
  /** No position; before every other. */
  public static final Lsn ZERO = new Lsn(0);

  private static final int MOST_DIGITS = 8;

  /**
   * Reads {@code X/Y}, both hexadecimal, as servers print it.
   *
   * @throws IllegalArgumentException when it is anything else
   */
  public static Lsn parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException("not a log position: " + text);
    }
    return new Lsn((half(text, 0, slash) << 32) | half(text, slash + 1, text.length()));
  }

  private static long half(String text, int from, int to) {
    boolean digitsOnly =
        text.substring(from, to).chars().allMatch(c -> Character.digit(c, 16) >= 0);
    if (to == from || to - from > MOST_DIGITS || !digitsOnly) {
      throw new IllegalArgumentException("not a log position: " + text);
    }
    return Long.parseLong(text, from, to, 16);
  }

  /** Bytes of log from {@code earlier} to here; negative when that is later. */
  public long minus(Lsn earlier) {
    return value - earlier.value;
  }

  public boolean isAfter(Lsn other) {
    return compareTo(other) > 0;
  }

  /** The later of two. */
  public static Lsn max(Lsn one, Lsn other) {
    return one.isAfter(other) ? one : other;
  }

  @Override
  public int compareTo(Lsn other) {
    return Long.compareUnsigned(value, other.value);
  }

  /** {@code X/Y} as servers print it. */
  @Override
  public String toString() {
    return Long.toHexString(value >>> 32).toUpperCase(Locale.ROOT)
        + '/'
        + Long.toHexString(value & 0xffff_ffffL).toUpperCase(Locale.ROOT);
  }
}
