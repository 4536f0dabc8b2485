package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.protocol.postgres.message.ParseFrame;
import org.turnout.proxy.routing.Classification;

/**
 * Watches what a client sends to the primary, for what its reads on the secondary have to know:
 * whether the session's state may have changed since the secondary was told, which statements have
 * been prepared, and when the session last wrote there and last read there.
 *
 * <p>Rule: what is not proved to leave the data alone counts as a write. Confined to the session's
 * event loop.
 */
final class PrimaryObserver {
  private final ReadPolicy policy;
  private final KnownStatements statements;
  private final StateGeneration generation;
  private boolean everWrote;
  private long wrote;
  private long read = System.nanoTime();

  /** Whether something of the unit that runs may have written. */
  private boolean writing;

  /** Whether the unnamed statement may write when it is bound. */
  private boolean unnamedWrites = true;

  /** Whether the unnamed statement may change that state each time that it is run. */
  private boolean unnamedChanges = true;

  private boolean parsedNamed;

  PrimaryObserver(ReadPolicy policy, KnownStatements statements, StateGeneration generation) {
    this.policy = policy;
    this.generation = generation;
    this.statements = statements;
  }

  /** Whether the secondary has all that the session has written. */
  boolean hasOwnWrites() {
    return !everWrote || policy.isFresh(wrote);
  }

  /** Whether the secondary has all that the session has seen by reading on the primary. */
  boolean hasOwnReads() {
    return policy.isFresh(read);
  }

  /** When the session last read on the primary. */
  long lastRead() {
    return read;
  }

  /** The session has another primary. */
  void flipped() {
    statements.clear();
  }

  /** A unit on the primary has ended. Returns whether it may have written. */
  boolean primaryEnded(long nanos) {
    boolean written = writing;
    if (written) {
      everWrote = true;
      wrote = nanos;
    } else {
      read = nanos;
    }
    writing = false;
    parsedNamed = false;
    return written;
  }

  /** The primary has refused something of the unit that runs. */
  void primaryRefused() {
    if (parsedNamed) {
      forget();
    }
  }

  /**
   * A frame of the client goes to the primary, of which {@code there} bytes are in the buffer.
   *
   * @param wanted whether reads of the session may go to the secondary now
   */
  void passing(byte type, ByteBuf bytes, int index, int there, int size, boolean wanted) {
    if (!wanted) {
      writing = true;
      unnamedWrites = true;
      forget();
      return;
    }
    int body = index + Frames.HEADER;
    switch (type) {
      case FrontendType.QUERY -> querying(bytes, body, there < size ? body : index + size);
      case FrontendType.PARSE -> parsing(bytes, index, there, size);
      case FrontendType.BIND -> binding(bytes, body, index + there);
      case FrontendType.CLOSE -> closing(bytes, body, index + there, there < size);
      case FrontendType.FUNCTION_CALL -> runs(null);
      default -> {
        // Nothing else changes what reads depend on.
      }
    }
  }

  /** A frame goes to the primary that it will not look at: it skips all up to the next Sync. */
  void skipped() {
    forget();
  }

  /** Nothing is known of the session's statements any more, nor whether its state is the same. */
  private void forget() {
    statements.clear();
    unnamedChanges = true;
    changed(true);
  }

  private void changed(boolean mayHave) {
    if (mayHave) {
      generation.change();
    }
  }

  /** A statement is run of which this is known, or nothing. */
  private void runs(@Nullable Classification statement) {
    writing |= statement == null || mayWrite(statement);
    changed(statement == null || statement.mayChangeSession());
  }

  private static boolean mayWrite(Classification statement) {
    return switch (statement.kind()) {
      case READ, EMPTY, BEGIN, BEGIN_READ_ONLY, COMMIT, ROLLBACK -> false;
      case QUERY, WRITE, SAVEPOINT, SESSION_STATE, DEFINITION, SEVERAL, OTHER -> true;
    };
  }

  private void querying(ByteBuf bytes, int text, int end) {
    int zero = text < end ? bytes.indexOf(text, end, (byte) 0) : -1;
    runs(zero < 0 ? null : policy.classify(bytes, text, zero - text));
  }

  private void parsing(ByteBuf bytes, int index, int there, int size) {
    int body = index + Frames.HEADER;
    int end = there < size ? body : index + size;
    int text = body < end ? bytes.indexOf(body, end, (byte) 0) + 1 : 0;
    int zero = text > 0 ? bytes.indexOf(text, end, (byte) 0) : -1;
    if (zero < 0) {
      unnamedChanges = true;
      unnamedWrites = true;
      changed(true);
      return;
    }
    Classification classification = policy.classify(bytes, text, zero - text);
    changed(classification.mayChangeSession());
    if (text > body + 1) {
      parsedNamed = true;
      generation.statement();
      String name = bytes.toString(body, text - 1 - body, StandardCharsets.ISO_8859_1);
      if (ForeignNumbers.areIn(bytes, zero + 1, end)) {
        // The secondary has to be told by the names of the types, as the primary knows them.
        statements.closed(name);
      } else {
        statements.parsed(name, ParseFrame.copy(bytes, index, size), classification);
      }
    } else {
      unnamedChanges = classification.mayChangeSession();
      unnamedWrites = mayWrite(classification);
    }
  }

  private void binding(ByteBuf bytes, int body, int end) {
    int portal = body < end ? bytes.indexOf(body, end, (byte) 0) : -1;
    int zero = portal < 0 ? -1 : bytes.indexOf(portal + 1, end, (byte) 0);
    if (zero < 0) {
      runs(null);
    } else if (zero == portal + 1) {
      writing |= unnamedWrites;
      changed(unnamedChanges);
    } else {
      runs(
          statements.get(
              bytes.toString(portal + 1, zero - portal - 1, StandardCharsets.ISO_8859_1)));
    }
  }

  private void closing(ByteBuf bytes, int body, int end, boolean partial) {
    if (partial) {
      changed(true);
    } else if (end - body > 2 && bytes.getByte(body) == 'S') {
      generation.statement();
      statements.closed(bytes.toString(body + 1, end - body - 2, StandardCharsets.ISO_8859_1));
    }
  }
}
