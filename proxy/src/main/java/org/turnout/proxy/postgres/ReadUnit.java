package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.protocol.postgres.message.ParseFrame;
import org.turnout.proxy.routing.Classification;

/**
 * Recognises at the head of a client's bytes a unit that only reads and is there to its end: a
 * simple query, or extended messages up to Sync that use the unnamed portal and either the unnamed
 * statement that they themselves parse, or named ones that are known.
 *
 * <p>Reused; confined to the session's event loop.
 */
final class ReadUnit {
  private final ReadPolicy policy;
  private final KnownStatements statements;
  private final List<ParseFrame> missing = new ArrayList<>();
  private boolean parsed;
  private boolean executed;
  private boolean unknown;

  ReadUnit(ReadPolicy policy, KnownStatements statements) {
    this.policy = policy;
    this.statements = statements;
  }

  /** Statements that the unit uses and the secondary has to be told first. */
  List<ParseFrame> missing() {
    return missing;
  }

  /** Whether it was no read only because a statement is not known. */
  boolean namesUnknown() {
    return unknown;
  }

  /** Bytes of the unit at the reader index; 0 when there is none that is known to be a read. */
  int length(ByteBuf bytes) {
    missing.clear();
    parsed = false;
    executed = false;
    unknown = false;
    int start = bytes.readerIndex();
    int end = bytes.writerIndex();
    int index = start;
    while (end - index >= Frames.HEADER) {
      int size = Frames.size(bytes, index, Frames.MESSAGE_LIMIT);
      byte type = bytes.getByte(index);
      if (size > end - index) {
        return 0;
      }
      if (type == FrontendType.QUERY) {
        return index == start && isRead(bytes, index + Frames.HEADER, index + size) ? size : 0;
      }
      if (type == FrontendType.SYNC) {
        return executed ? index + size - start : 0;
      }
      if (!belongs(bytes, type, index + Frames.HEADER, index + size)) {
        return 0;
      }
      index += size;
    }
    return 0;
  }

  private boolean belongs(ByteBuf bytes, byte type, int body, int end) {
    return switch (type) {
      case FrontendType.PARSE -> {
        parsed = true;
        yield body < end && bytes.getByte(body) == 0 && isRead(bytes, body + 1, end);
      }
      case FrontendType.BIND ->
          body < end && bytes.getByte(body) == 0 && isKnown(bytes, body + 1, end);
      case FrontendType.DESCRIBE ->
          end - body >= 2
              && (bytes.getByte(body) == 'P'
                  ? bytes.getByte(body + 1) == 0
                  : isKnown(bytes, body + 1, end));
      case FrontendType.EXECUTE -> {
        executed = true;
        yield body < end && bytes.getByte(body) == 0;
      }
      default -> false;
    };
  }

  private boolean isRead(ByteBuf bytes, int text, int end) {
    int zero = text < end ? bytes.indexOf(text, end, (byte) 0) : -1;
    return zero >= 0 && policy.classify(bytes, text, zero - text).isRead();
  }

  /** Whether the statement whose name is at {@code at} is a read. */
  private boolean isKnown(ByteBuf bytes, int at, int end) {
    int zero = at < end ? bytes.indexOf(at, end, (byte) 0) : -1;
    if (zero < 0) {
      return false;
    }
    if (zero == at) {
      return parsed;
    }
    String name = bytes.toString(at, zero - at, StandardCharsets.ISO_8859_1);
    Classification known = statements.get(name);
    if (known == null) {
      unknown = true;
      return false;
    }
    if (!known.isRead()) {
      return false;
    }
    @Nullable ParseFrame unbrought = statements.unbrought(name);
    if (unbrought != null && !missing.contains(unbrought)) {
      missing.add(unbrought);
    }
    return true;
  }
}
