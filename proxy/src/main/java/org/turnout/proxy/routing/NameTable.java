package org.turnout.proxy.routing;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/**
 * Finds what is known of a name by its bytes, without making a string. Immutable, thread safe.
 *
 * <p>Open addressing with linear probing in a table at most half full.
 */
final class NameTable {
  private static final byte[] FREE = {};

  private final byte[][] names;
  private final int[] facts;
  private final int mask;

  NameTable(Map<String, Integer> factsByName) {
    int capacity = Integer.highestOneBit(Math.max(8, factsByName.size())) * 4;
    names = new byte[capacity][];
    Arrays.fill(names, FREE);
    facts = new int[capacity];
    mask = capacity - 1;
    factsByName.forEach((name, fact) -> put(name.getBytes(StandardCharsets.UTF_8), fact));
  }

  private void put(byte[] name, int fact) {
    if (name.length > 0) {
      int slot = slot(name, name.length);
      names[slot] = name;
      facts[slot] = fact;
    }
  }

  /** The facts of a name; 0 when there are none. */
  int get(byte[] name, int length) {
    return length == 0 ? 0 : facts[slot(name, length)];
  }

  private int slot(byte[] name, int length) {
    int slot = spread(hash(name, length)) & mask;
    while (names[slot].length != 0
        && !Arrays.equals(names[slot], 0, names[slot].length, name, 0, length)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private static int hash(byte[] name, int length) {
    int hash = length;
    for (int i = 0; i < length; i++) {
      hash = hash * 31 + name[i];
    }
    return hash;
  }

  private static int spread(int hash) {
    int mixed = hash * 0x9e3779b9;
    return mixed ^ (mixed >>> 15);
  }
}
