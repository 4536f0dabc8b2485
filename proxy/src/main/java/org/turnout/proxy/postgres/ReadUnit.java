package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.protocol.postgres.message.ParseFrame;
import org.turnout.proxy.routing.Classification;
import org.turnout.proxy.routing.StatementKind;

/**
 * Recognises at the head of a client's bytes a unit that may run on the secondary and is there to
 * its end: a simple query, or extended messages up to Sync that use the unnamed portal and either
 * the unnamed statement that they themselves parse, or named ones that are known.
 *
 * <pre>
 * at the boundary:               a read, or BEGIN READ ONLY with what may follow inside
 * inside such a transaction:     reads, then COMMIT or ROLLBACK, or not
 * </pre>
 *
 * <p>A statement that the secondary was not told of is brought by the way. Until it was compared
 * with what the primary gives, it is one of a unit only where that asks for what it gives: what the
 * client was told before may be what it gave before its tables were changed. Inside a transaction a
 * portal outlives its unit, so there all rows are asked for at once: what a later unit could go on
 * with must not be on one side only. Reused; confined to the session's event loop.
 */
final class ReadUnit {
  /** The unit may be one, as soon as more of it has come. */
  static final int INCOMPLETE = -1;

  /** Bytes of an incomplete unit that are waited for; a longer one goes to the primary. */
  private static final int LONGEST_INCOMPLETE = 64 * 1024;

  private final ReadPolicy policy;
  private final KnownStatements statements;
  private final List<ParseFrame> missing = new ArrayList<>();

  /** Of those not compared, what the unit describes, and what it runs and does not, so far. */
  private final Set<String> described = new HashSet<>();

  private final Set<String> untold = new HashSet<>();
  private boolean inside;
  private boolean begins;
  private boolean ends;
  private boolean reads;
  private boolean describesLate;
  private boolean executed;
  private boolean unknown;
  private boolean whole;

  /** Descriptions asked for so far, and the one of {@link Shape#tells}. */
  private int descriptions;

  private int tells;

  /** What the unnamed statement of the unit is, and what its unnamed portal runs. */
  private @Nullable StatementKind parsed;

  private @Nullable StatementKind bound;

  /** Whether the portal runs the unnamed statement of now. */
  private boolean boundUnnamed;

  /** The statement that was named last, and that of the unnamed portal, if it is not compared. */
  private @Nullable String named;

  private @Nullable String boundUncompared;

  /**
   * What a unit does.
   *
   * @param begins whether it begins a transaction
   * @param reads whether it reads something
   * @param describesLate whether a description is asked for behind rows: an answer that has begun
   *     to flow by then cannot be taken back when the description cannot be translated
   * @param tells which of the descriptions, from 1, is of the unnamed statement that is there
   *     behind the unit; 0 for none
   */
  record Shape(boolean begins, boolean reads, boolean describesLate, int tells) {}

  ReadUnit(ReadPolicy policy, KnownStatements statements) {
    this.policy = policy;
    this.statements = statements;
  }

  /** Whether a unit may hold the statement, at some place. */
  static boolean mayHold(Classification statement) {
    return switch (statement.kind()) {
      case READ, BEGIN_READ_ONLY, COMMIT, ROLLBACK -> true;
      case EMPTY, QUERY, WRITE, BEGIN, SAVEPOINT, SESSION_STATE, DEFINITION, SEVERAL, OTHER ->
          false;
    };
  }

  /** Statements that the unit uses and the secondary has to be told first. */
  List<ParseFrame> missing() {
    return missing;
  }

  /** Whether it was no such unit only because a statement is not known. */
  boolean namesUnknown() {
    return unknown;
  }

  /** The statements that have to be compared first; none when it was no such unit anyway. */
  Set<String> uncompared() {
    return whole ? untold : Set.of();
  }

  /** What it does. */
  Shape shape() {
    return new Shape(begins, reads, describesLate, tells);
  }

  /**
   * Bytes of the unit at the reader index; 0 when there is none that may run on the secondary,
   * {@link #INCOMPLETE} when that cannot be said yet.
   *
   * @param insideTransaction whether the secondary is inside a transaction of the client
   */
  int length(ByteBuf bytes, boolean insideTransaction) {
    reset(insideTransaction);
    int start = bytes.readerIndex();
    int end = bytes.writerIndex();
    int index = start;
    while (end - index >= Frames.HEADER) {
      int size = Frames.size(bytes, index, Frames.MESSAGE_LIMIT);
      byte type = bytes.getByte(index);
      if (!isOfUnits(type, index == start)) {
        return 0;
      }
      if (size > end - index) {
        return size <= LONGEST_INCOMPLETE ? INCOMPLETE : 0;
      }
      int body = index + Frames.HEADER;
      if (type == FrontendType.QUERY) {
        StatementKind kind = kind(type, bytes, body, index + size);
        return kind != null && runs(kind, 0) ? size : 0;
      }
      if (type == FrontendType.SYNC) {
        whole = executed;
        return executed && untold.isEmpty() ? index + size - start : 0;
      }
      if (!belongs(bytes, type, body, index + size)) {
        return 0;
      }
      index += size;
    }
    // With whole frames the client may wait for their answer.
    return end > index && end - start <= LONGEST_INCOMPLETE ? INCOMPLETE : 0;
  }

  private void reset(boolean insideTransaction) {
    missing.clear();
    described.clear();
    untold.clear();
    boundUncompared = null;
    inside = insideTransaction;
    begins = false;
    ends = false;
    reads = false;
    describesLate = false;
    executed = false;
    unknown = false;
    whole = false;
    descriptions = 0;
    tells = 0;
    parsed = null;
    bound = null;
    boundUnnamed = false;
  }

  private static boolean isOfUnits(byte type, boolean first) {
    return switch (type) {
      case FrontendType.QUERY -> first;
      case FrontendType.PARSE,
          FrontendType.BIND,
          FrontendType.DESCRIBE,
          FrontendType.EXECUTE,
          FrontendType.SYNC ->
          true;
      default -> false;
    };
  }

  private boolean belongs(ByteBuf bytes, byte type, int body, int end) {
    return switch (type) {
      case FrontendType.PARSE -> {
        parsed = body < end && bytes.getByte(body) == 0 ? kind(type, bytes, body + 1, end) : null;
        boundUnnamed = false;
        tells = 0;
        yield parsed != null;
      }
      case FrontendType.BIND -> {
        bound = body < end && bytes.getByte(body) == 0 ? named(bytes, body + 1, end) : null;
        boundUncompared = named;
        boundUnnamed = body + 1 < end && bytes.getByte(body + 1) == 0;
        if (bound == StatementKind.READ && named != null && !described.contains(named)) {
          untold.add(named);
        }
        yield bound != null;
      }
      case FrontendType.DESCRIBE -> {
        describesLate |= reads;
        yield end - body >= 2 && describes(bytes, body, end);
      }
      case FrontendType.EXECUTE -> {
        StatementKind portal = bound;
        yield end - body == 1 + Integer.BYTES
            && bytes.getByte(body) == 0
            && portal != null
            && runs(portal, bytes.getInt(body + 1));
      }
      default -> false;
    };
  }

  /** Takes a Describe, and whether it may be one of the unit. */
  private boolean describes(ByteBuf bytes, int body, int end) {
    descriptions++;
    boolean portal = bytes.getByte(body) == 'P';
    boolean ofUnnamed = portal ? boundUnnamed : bytes.getByte(body + 1) == 0;
    if (ofUnnamed && (!portal || tells == 0)) {
      // That of a statement tells more than that of a portal.
      tells = descriptions;
    }
    boolean known =
        portal
            ? bytes.getByte(body + 1) == 0 && bound != null
            : named(bytes, body + 1, end) != null;
    String statement = portal ? boundUncompared : named;
    if (known && statement != null) {
      described.add(statement);
      untold.remove(statement);
    }
    return known;
  }

  /** Takes a statement that is run, where one of its kind may run. */
  private boolean runs(StatementKind kind, int mostRows) {
    boolean first = !executed;
    executed = true;
    return switch (kind) {
      case BEGIN_READ_ONLY -> {
        begins = first && !inside;
        inside = true;
        yield begins;
      }
      case READ -> {
        reads = true;
        yield !ends && (!inside || mostRows == 0);
      }
      case COMMIT, ROLLBACK -> {
        boolean open = inside && !ends;
        ends = true;
        yield open;
      }
      default -> false;
    };
  }

  /** What the text is, when a unit may hold it. */
  private @Nullable StatementKind kind(byte type, ByteBuf bytes, int text, int end) {
    int zero = text < end ? bytes.indexOf(text, end, (byte) 0) : -1;
    if (zero < 0) {
      return null;
    }
    Classification statement = policy.classify(bytes, text, zero - text);
    boolean foreign = type == FrontendType.PARSE && ForeignNumbers.areIn(bytes, zero + 1, end);
    return mayHold(statement) && !foreign ? statement.kind() : null;
  }

  /** What the statement is whose name is at {@code at}, when a unit may hold it. */
  private @Nullable StatementKind named(ByteBuf bytes, int at, int end) {
    named = null;
    int zero = at < end ? bytes.indexOf(at, end, (byte) 0) : -1;
    if (zero < 0) {
      return null;
    }
    if (zero == at) {
      return parsed;
    }
    String name = bytes.toString(at, zero - at, StandardCharsets.ISO_8859_1);
    Classification known = statements.get(name);
    if (known == null) {
      unknown = true;
      return null;
    }
    if (!mayHold(known) || statements.isStale(name)) {
      return null;
    }
    ParseFrame unbrought = statements.unbrought(name);
    named = statements.isCompared(name) ? null : name;
    if (unbrought != null && !missing.contains(unbrought)) {
      missing.add(unbrought);
    }
    return known.kind();
  }
}
