package org.turnout.proxy.routing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The WITH list at the head of a statement: where in it the text stands, and which names it has
 * defined so far. Only the outermost list is understood. One object per thread, reused.
 *
 * <pre>WITH [RECURSIVE] name [(columns)] AS [[NOT] MATERIALIZED] (body) [, …] SELECT …</pre>
 */
final class CommonTables {
  private enum State {
    ABSENT,
    NAME,
    NAMED,
    AS,
    BODY,
    DONE
  }

  private State state = State.ABSENT;
  private boolean recursive;
  private final List<byte[]> defined = new ArrayList<>();
  private byte[] current = {};

  void reset() {
    state = State.ABSENT;
    recursive = false;
    defined.clear();
  }

  void begin() {
    state = State.NAME;
  }

  /** Whether tokens outside of parentheses belong to the list. */
  boolean isOpen() {
    return state != State.ABSENT;
  }

  /** Whether the next parenthesis holds the names of columns. */
  boolean isNamed() {
    return state == State.NAMED;
  }

  /** Whether a query may start here. */
  boolean isDone() {
    return state == State.DONE;
  }

  /** Takes a name outside of parentheses that starts no query; false when it does not fit. */
  boolean name(Word word, byte[] name, int length) {
    switch (state) {
      case NAME -> {
        if (word == Word.RECURSIVE && !recursive && defined.isEmpty()) {
          recursive = true;
          return true;
        }
        current = Arrays.copyOf(name, length);
        if (recursive) {
          defined.add(current);
        }
        state = State.NAMED;
        return true;
      }
      case NAMED -> {
        state = State.AS;
        return word == Word.AS;
      }
      case AS -> {
        return word == Word.NOT || word == Word.MATERIALIZED;
      }
      case ABSENT, BODY, DONE -> {
        return false;
      }
    }
    return false;
  }

  /** Takes an opening parenthesis; false when none fits here. */
  boolean open() {
    if (state == State.AS) {
      state = State.BODY;
      return true;
    }
    return state == State.NAMED;
  }

  /** Takes the parenthesis that closes a body or a list of columns. */
  void close() {
    if (state == State.BODY) {
      if (!recursive) {
        defined.add(current);
      }
      state = State.DONE;
    }
  }

  /** Takes a comma outside of parentheses; false when none fits here. */
  boolean comma() {
    boolean fits = state == State.DONE;
    state = State.NAME;
    return fits;
  }

  /** The statement's own query starts. */
  void end() {
    state = State.ABSENT;
  }

  boolean isDefined(byte[] name, int length) {
    for (byte[] one : defined) {
      if (Arrays.equals(one, 0, one.length, name, 0, length)) {
        return true;
      }
    }
    return false;
  }
}
