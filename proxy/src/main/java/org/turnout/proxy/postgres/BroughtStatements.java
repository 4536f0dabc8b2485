package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.proxy.postgres.SessionState.Prepared;

/**
 * The named statements that were brought to the primary when it became the session's, with what the
 * client was told of them, and those that it refuses ({@link StaleStatement}), also where nobody
 * knows that: the primary itself knows neither.
 *
 * <p>A statement that the client makes anew or closes is forgotten, and so are all where a text may
 * close some; what a function closes is not seen. Confined to the session's event loop.
 */
final class BroughtStatements {
  /**
   * One that is forgotten by a message that the server may still refuse or skip.
   *
   * @param by the number of that message
   * @param last of the last one that would make or close it
   */
  private record Forgotten(Prepared statement, int by, int last) {}

  private final ReplyTracker tracker;
  private Map<String, Prepared> brought = Map.of();
  private Map<String, Forgotten> forgotten = Map.of();
  private @Nullable ClosingWords closing;
  private boolean anyRefused;
  private boolean insideText;

  BroughtStatements(ReplyTracker tracker) {
    this.tracker = tracker;
  }

  /** The session's primary is another one, to which this was brought. */
  void flipped(SessionState there) {
    Map<String, Prepared> known = new HashMap<>(there.statements());
    known.values().removeIf(statement -> statement.result() instanceof StatementResult.Untold);
    brought = known.isEmpty() ? Map.of() : known;
    changed();
  }

  /** What the primary has told, with the statements themselves where others stand in for them. */
  SessionState originals(SessionState told) {
    Map<String, Prepared> statements = new HashMap<>(told.statements());
    statements.replaceAll(
        (name, statement) -> {
          Prepared original = StaleStatement.isOne(statement) ? brought.get(name) : null;
          return original == null ? statement : original.madeAt(statement.made());
        });
    return told.withStatements(statements);
  }

  /** What the client was told of a statement that the primary has, as far as that is known. */
  StatementResult told(String name, Prepared statement) {
    Prepared known = brought.get(name);
    return known != null && known.isMadeLike(statement)
        ? known.result().told()
        : StatementResult.UNTOLD;
  }

  /** Whether a frame of this type may make one anew or close one. */
  boolean isConcernedBy(byte type) {
    return !(brought.isEmpty() && forgotten.isEmpty())
        && (type == FrontendType.PARSE || type == FrontendType.CLOSE);
  }

  /** The last message that was sent, of which {@code there} bytes of {@code size} are there. */
  void frame(byte type, ByteBuf bytes, int index, int there, int size) {
    if (isConcernedBy(type)) {
      int name = StatementName.index(type, bytes, index, index + there);
      String text = name < 0 ? null : StatementName.text(bytes, name, index + there);
      if (text != null) {
        forget(text);
      } else if (name != StatementName.NONE && there < size) {
        forget();
      }
    }
    if (mayBeClosedByText()) {
      insideText = type == FrontendType.PARSE || type == FrontendType.QUERY;
      if (insideText && closing().areIn(bytes, index, there)) {
        forget();
      }
    }
  }

  /** More of that frame. */
  void more(ByteBuf bytes, int index, int count) {
    if (mayBeClosedByText() && insideText && closing().areInMore(bytes, index, count)) {
      forget();
    }
  }

  /** Whether there is one that would be made again though a text has closed it. */
  private boolean mayBeClosedByText() {
    return anyRefused || !forgotten.isEmpty();
  }

  private void forget(String name) {
    int by = tracker.lastSent();
    Prepared statement = brought.remove(name);
    if (statement != null) {
      if (forgotten.isEmpty()) {
        forgotten = new HashMap<>();
      }
      forgotten.put(name, new Forgotten(statement, by, by));
      changed();
    } else if (!forgotten.isEmpty()) {
      forgotten.computeIfPresent(name, (key, one) -> new Forgotten(one.statement(), one.by(), by));
    }
  }

  private void forget() {
    brought = Map.of();
    anyRefused = false;
    forgotten = Map.of();
  }

  private ClosingWords closing() {
    ClosingWords words = closing;
    if (words == null) {
      words = new ClosingWords();
      closing = words;
    }
    return words;
  }

  /** The primary has refused something of the unit. */
  void refused() {
    if (!forgotten.isEmpty()
        && forgotten.entrySet().removeIf(one -> isTakenBack(one.getKey(), one.getValue()))) {
      changed();
    }
  }

  private boolean isTakenBack(String name, Forgotten one) {
    boolean undone = tracker.hasUndone(one.by()) && tracker.hasUndone(one.last());
    if (undone) {
      brought.put(name, one.statement());
    }
    return undone;
  }

  /** The session stands at its boundary. */
  void unitEnded() {
    forgotten = Map.of();
  }

  private void changed() {
    anyRefused = brought.values().stream().anyMatch(BroughtStatements::isRefused);
  }

  /** Whether the primary refuses to use any. */
  boolean areAnyRefused() {
    return anyRefused;
  }

  /**
   * The statement of the name, when the primary refuses to use it and it could be made again: its
   * text and its types are the same on every server and in every character set. Else null.
   */
  @Nullable Prepared refused(String name) {
    Prepared statement = brought.get(name);
    return statement != null
            && !statement.fromSql()
            && isRefused(statement)
            && SessionState.isAscii(name + statement.sql())
            && statement.types().stream().allMatch(type -> type.isBuiltIn())
        ? statement
        : null;
  }

  /**
   * It was made again, or that was undone.
   *
   * @param result what it gives now, or that it is refused
   */
  void set(String name, StatementResult result) {
    Prepared statement = brought.get(name);
    if (statement != null) {
      brought.put(name, statement.with(result));
      changed();
    }
  }

  private static boolean isRefused(Prepared statement) {
    return statement.result() instanceof StatementResult.Stale;
  }
}
