package org.turnout.proxy.postgres;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The settings that a server reports of a session, in the order in which it told them first: one
 * array, because every session holds a dozen of them and a hash table for those is four times as
 * large. Nothing is ever removed. Confined to the event loop.
 */
final class ReportedSettings extends AbstractMap<String, String> {
  /** Room for what servers of today report. */
  private static final int USUAL = 15;

  /** Names and values by turns. */
  private String[] texts = new String[2 * USUAL];

  private int size;

  @Override
  public @Nullable String put(String name, String value) {
    int at = find(name);
    if (at >= 0) {
      String before = texts[at + 1];
      texts[at + 1] = value;
      return before;
    }
    if (2 * size == texts.length) {
      texts = Arrays.copyOf(texts, texts.length + 8);
    }
    texts[2 * size] = name;
    texts[2 * size + 1] = value;
    size++;
    return null;
  }

  @Override
  public @Nullable String get(@Nullable Object name) {
    int at = find(name);
    return at < 0 ? null : texts[at + 1];
  }

  private int find(@Nullable Object name) {
    for (int i = 0; i < 2 * size; i += 2) {
      if (texts[i].equals(name)) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public Set<Map.Entry<String, String>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public int size() {
        return size;
      }

      @Override
      public Iterator<Map.Entry<String, String>> iterator() {
        return new Entries();
      }
    };
  }

  private final class Entries implements Iterator<Map.Entry<String, String>> {
    private int next;

    @Override
    public boolean hasNext() {
      return next < size;
    }

    @Override
    public Map.Entry<String, String> next() {
      if (next >= size) {
        throw new NoSuchElementException();
      }
      int at = 2 * next++;
      return Map.entry(texts[at], texts[at + 1]);
    }
  }
}
