package org.turnout.proxy.routing;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the classification of texts seen before, compared byte by byte: a hash decides where to
 * look, never what is found.
 *
 * <p>Bound: one text per slot, {@value #SLOTS} slots, texts up to {@value #LONGEST_TEXT} bytes; a
 * newer text takes the slot. One object per thread.
 */
final class ClassificationCache {
  static final int SLOTS = 1024;
  static final int LONGEST_TEXT = 4096;

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long PRIME = 0x9e3779b97f4a7c15L;

  private final @Nullable Entry[] entries = new @Nullable Entry[SLOTS];

  private record Entry(byte[] text, Classification classification) {
    boolean is(byte[] sql, int offset, int length) {
      return Arrays.equals(text, 0, text.length, sql, offset, offset + length);
    }
  }

  /** What was put for the same text, of at most {@link #LONGEST_TEXT} bytes; else null. */
  @Nullable Classification get(byte[] sql, int offset, int length) {
    Entry entry = entries[slot(sql, offset, length)];
    return entry != null && entry.is(sql, offset, length) ? entry.classification() : null;
  }

  /** Remembers it for a text of at most {@link #LONGEST_TEXT} bytes. */
  void put(byte[] sql, int offset, int length, Classification classification) {
    byte[] text = Arrays.copyOfRange(sql, offset, offset + length);
    entries[slot(sql, offset, length)] = new Entry(text, classification);
  }

  void clear() {
    Arrays.fill(entries, null);
  }

  private static int slot(byte[] sql, int offset, int length) {
    long hash = length * PRIME;
    int at = offset;
    int end = offset + length;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      hash = Long.rotateLeft((hash ^ (long) LONGS.get(sql, at)) * PRIME, 29);
    }
    for (; at < end; at++) {
      hash = (hash ^ sql[at]) * PRIME;
    }
    return (int) (hash >>> 32) & (SLOTS - 1);
  }
}
