package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.protocol.postgres.message.ParseFrame;
import org.turnout.proxy.routing.Classification;

/**
 * Watches what a client sends to the primary, for what its reads on the secondary have to know:
 * whether the session's state may have changed since the secondary was told, which statements have
 * been prepared, and when the session last saw the primary. Confined to the session's event loop.
 */
final class PrimaryObserver {
  private final ReadPolicy policy;
  private final KnownStatements statements;
  private final StateGeneration generation;
  private long seenOnPrimary = System.nanoTime();

  /** Whether the unnamed statement may change that state each time that it is run. */
  private boolean unnamedChanges = true;

  private boolean parsedNamed;

  PrimaryObserver(ReadPolicy policy, KnownStatements statements, StateGeneration generation) {
    this.policy = policy;
    this.generation = generation;
    this.statements = statements;
  }

  /** When the session last saw the primary. */
  long seenOnPrimary() {
    return seenOnPrimary;
  }

  /** The session has another primary. */
  void flipped() {
    statements.clear();
  }

  /** A unit on the primary has ended. */
  void primaryEnded(long nanos) {
    seenOnPrimary = nanos;
    parsedNamed = false;
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
      forget();
      return;
    }
    int body = index + Frames.HEADER;
    switch (type) {
      case FrontendType.QUERY -> changed(there < size || mayChange(bytes, body, index + size));
      case FrontendType.PARSE -> parsing(bytes, index, there, size);
      case FrontendType.BIND -> binding(bytes, body, index + there);
      case FrontendType.CLOSE -> closing(bytes, body, index + there, there < size);
      case FrontendType.FUNCTION_CALL -> changed(true);
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

  private boolean mayChange(ByteBuf bytes, int text, int end) {
    int zero = text < end ? bytes.indexOf(text, end, (byte) 0) : -1;
    return zero < 0 || policy.classify(bytes, text, zero - text).mayChangeSession();
  }

  private void parsing(ByteBuf bytes, int index, int there, int size) {
    if (there < size) {
      unnamedChanges = true;
      changed(true);
      return;
    }
    int body = index + Frames.HEADER;
    int text = bytes.indexOf(body, index + size, (byte) 0) + 1;
    boolean named = text > body + 1;
    int zero = text > 0 ? bytes.indexOf(text, index + size, (byte) 0) : -1;
    if (zero < 0) {
      unnamedChanges = true;
      changed(true);
      return;
    }
    Classification classification = policy.classify(bytes, text, zero - text);
    changed(classification.mayChangeSession());
    if (named) {
      parsedNamed = true;
      generation.statement();
      String name = bytes.toString(body, text - 1 - body, StandardCharsets.ISO_8859_1);
      statements.parsed(name, ParseFrame.copy(bytes, index, size), classification);
    } else {
      unnamedChanges = classification.mayChangeSession();
    }
  }

  private void binding(ByteBuf bytes, int body, int end) {
    int portal = body < end ? bytes.indexOf(body, end, (byte) 0) : -1;
    int zero = portal < 0 ? -1 : bytes.indexOf(portal + 1, end, (byte) 0);
    if (zero < 0) {
      changed(true);
    } else if (zero == portal + 1) {
      changed(unnamedChanges);
    } else {
      Classification known =
          statements.get(
              bytes.toString(portal + 1, zero - portal - 1, StandardCharsets.ISO_8859_1));
      changed(known == null || known.mayChangeSession());
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
