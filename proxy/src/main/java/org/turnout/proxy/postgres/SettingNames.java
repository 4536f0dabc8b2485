package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ByteProcessor;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Names of the custom settings ({@code app.tenant}) that a session may have set. The server keeps
 * them but lists them nowhere, so they are picked from the statements that go by: {@code SET a.b},
 * and {@code set_config('a.b', …)}; where the name is a parameter, every short parameter that looks
 * like such a name counts.
 *
 * <p>Taking too many is harmless: the backend is asked for each, and knows those that are set.
 * Rule: where a name may have been missed (it is computed, there are too many, the values that may
 * hold it are cut), that is said by {@link #areKnown}. What functions of the server set is not
 * seen.
 *
 * <p>A statement may come in pieces. Confined to the session's event loop; allocates only when a
 * name is new or a statement is cut.
 */
final class SettingNames {
  private static final int LONGEST = 128;
  private static final int MOST = 512;

  /** Bytes of a piece that the next one is looked at together with: enough for SET and a name. */
  private static final int KEPT = 4 * LONGEST;

  /** A quote and what has to be behind it to be looked at. */
  private static final int SHORTEST_LITERAL = 4;

  private static final byte[] CONFIG = "_config".getBytes(StandardCharsets.US_ASCII);

  private final Set<String> names = new LinkedHashSet<>();
  private final Places places = new Places();
  private boolean byParameter;
  private boolean missed;
  private byte[] kept = new byte[0];

  Set<String> names() {
    return names;
  }

  /** Whether no name has been missed. */
  boolean areKnown() {
    return !missed;
  }

  /** Looks at SQL text of which the first piece is in the given range. */
  void piece(ByteBuf bytes, int from, int to) {
    statement(bytes, from, to);
    keep(bytes, from, to);
  }

  /** Looks at the next piece of the text. */
  void more(ByteBuf bytes, int from, int to) {
    ByteBuf joined = Unpooled.buffer(kept.length + to - from);
    joined.writeBytes(kept).writeBytes(bytes, from, to - from);
    piece(joined, 0, joined.writerIndex());
  }

  private void keep(ByteBuf bytes, int from, int to) {
    kept = new byte[Math.min(KEPT, to - from)];
    bytes.getBytes(to - kept.length, kept);
  }

  /** The values of a Bind frame are cut, and not looked at. */
  void cutBind() {
    missed |= byParameter;
  }

  /** Looks at the SQL text in the given range. */
  void statement(ByteBuf bytes, int from, int end) {
    places.begin(byParameter);
    int at = bytes.forEachByte(from, Math.max(0, end - from), places);
    while (at >= 0) {
      if (bytes.getByte(at) != '\'') {
        int word = at - Places.BEFORE_LAST;
        if (at + 1 < end && (word == from || !isPart(bytes.getByte(word - 1)))) {
          set(bytes, at + 1, end);
          places.quotesToo(byParameter);
        }
      } else if (at + SHORTEST_LITERAL <= end) {
        literal(bytes, at, end);
      }
      at = bytes.forEachByte(at + 1, end - at - 1, places);
    }
  }

  /**
   * Stops where {@code SET} ends, in a word or alone, and at quotes if those are asked for. The
   * buffer walks through its bytes by itself: it checks its bounds once, and not for each byte.
   */
  private static final class Places implements ByteProcessor {
    /** How far the last letter of the word is behind its first. */
    static final int BEFORE_LAST = 2;

    private static final int WORD = 's' << 16 | 'e' << 8 | 't';
    private static final int LENGTH_OF_WORD = 0xffffff;

    private int last;
    private boolean quotes;

    void begin(boolean quotesToo) {
      last = 0;
      quotes = quotesToo;
    }

    void quotesToo(boolean asked) {
      quotes = asked;
    }

    @Override
    public boolean process(byte b) {
      last = (last << 8 | ((b | 0x20) & 0xff)) & LENGTH_OF_WORD;
      return last != WORD && !(quotes && b == '\'');
    }
  }

  /** Looks at the values of a Bind frame, from behind its header. */
  void bind(ByteBuf bytes, int from, int to) {
    if (!byParameter) {
      return;
    }
    int at = behindZero(bytes, behindZero(bytes, from, to), to);
    if (at + 2 > to) {
      return;
    }
    at += 2 + 2 * bytes.getUnsignedShort(at);
    if (at + 2 > to) {
      return;
    }
    int count = bytes.getUnsignedShort(at);
    at += 2;
    for (int i = 0; i < count && at + 4 <= to; i++) {
      int length = bytes.getInt(at);
      at += 4;
      if (length > 0) {
        if (length > to - at) {
          return;
        }
        name(bytes, at, at + length);
        at += length;
      }
    }
  }

  private void set(ByteBuf bytes, int at, int end) {
    if (isConfig(bytes, at, end)) {
      int argument = skipBlanks(bytes, at + CONFIG.length, end);
      if (argument < end && bytes.getByte(argument) == '(') {
        argument = skipBlanks(bytes, argument + 1, end);
      }
      argument = skipPrefix(bytes, argument, end);
      if (argument + 1 < end) {
        nameToSet(bytes, argument, end);
      }
      return;
    }
    int start = skipBlanks(bytes, at, end);
    if (start == at) {
      return;
    }
    int stop = partEnd(bytes, start, end);
    if (isScope(bytes, start, stop)) {
      start = skipBlanks(bytes, stop, end);
      stop = partEnd(bytes, start, end);
    }
    if (start < end
        && (bytes.getByte(start) == '"' || (stop < end && bytes.getByte(stop) == '"'))) {
      quoted(bytes, start, end);
    } else {
      name(bytes, start, stop);
    }
  }

  /** The first argument of set_config. */
  private void nameToSet(ByteBuf bytes, int at, int end) {
    byte first = bytes.getByte(at);
    if (first == '\'') {
      missed |= isComputed(bytes, at, end);
      literal(bytes, at, end);
    } else if (first == '$' && bytes.getByte(at + 1) >= '0' && bytes.getByte(at + 1) <= '9') {
      byParameter = true;
    } else {
      missed = true;
    }
  }

  /** Whether something is put behind the literal. */
  private static boolean isComputed(ByteBuf bytes, int at, int end) {
    int close = bytes.indexOf(at + 1, end, (byte) '\'');
    int next = close < 0 ? end : skipBlanks(bytes, close + 1, end);
    return next < end && bytes.getByte(next) == '|';
  }

  /** A literal, of which the quotes are several inside of another one. */
  private void literal(ByteBuf bytes, int at, int end) {
    int start = at;
    while (start < end && bytes.getByte(start) == '\'') {
      start++;
    }
    int stop = start < end ? bytes.indexOf(start, end, (byte) '\'') : -1;
    if (stop > 0) {
      name(bytes, start, stop);
    }
  }

  /** A name behind SET of which parts stand in double quotes. */
  private void quoted(ByteBuf bytes, int from, int end) {
    ByteBuf plain = Unpooled.buffer(LONGEST + 1);
    boolean inside = false;
    for (int i = from; i < end && plain.writerIndex() <= LONGEST; i++) {
      byte b = bytes.getByte(i);
      if (b == '"') {
        inside = !inside;
      } else if (isPart(b)) {
        plain.writeByte(b);
      } else {
        // What else a quoted name may hold is not asked for.
        missed |= inside;
        break;
      }
    }
    name(plain, 0, plain.writerIndex());
  }

  /** Behind the letter of an escaped literal. */
  private static int skipPrefix(ByteBuf bytes, int at, int end) {
    boolean escaped =
        at + 1 < end && (bytes.getByte(at) | 0x20) == 'e' && bytes.getByte(at + 1) == '\'';
    return escaped ? at + 1 : at;
  }

  /** Takes the range when it is two or more identifiers joined by dots. */
  private void name(ByteBuf bytes, int from, int to) {
    if (to - from < 3 || to - from > LONGEST || isDigit(bytes.getByte(from))) {
      return;
    }
    boolean dot = false;
    for (int i = from; i < to; i++) {
      byte b = bytes.getByte(i);
      if (!isPart(b)) {
        return;
      }
      dot |= b == '.';
    }
    if (dot && names.size() < MOST) {
      names.add(bytes.toString(from, to - from, StandardCharsets.UTF_8));
    } else if (dot) {
      missed |= !names.contains(bytes.toString(from, to - from, StandardCharsets.UTF_8));
    }
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  private static boolean isConfig(ByteBuf bytes, int at, int end) {
    if (at + CONFIG.length > end) {
      return false;
    }
    for (int i = 0; i < CONFIG.length; i++) {
      byte b = bytes.getByte(at + i);
      if ((b == '_' ? b : b | 0x20) != CONFIG[i]) {
        return false;
      }
    }
    return true;
  }

  /** SESSION or LOCAL. */
  private static boolean isScope(ByteBuf bytes, int from, int to) {
    int length = to - from;
    byte first = from < to ? (byte) (bytes.getByte(from) | 0x20) : 0;
    return (length == 7 && first == 's') || (length == 5 && first == 'l');
  }

  private static int skipBlanks(ByteBuf bytes, int at, int end) {
    int i = at;
    while (i < end && bytes.getByte(i) >= 0 && bytes.getByte(i) <= ' ') {
      i++;
    }
    return i;
  }

  private static int partEnd(ByteBuf bytes, int at, int end) {
    int i = at;
    while (i < end && isPart(bytes.getByte(i))) {
      i++;
    }
    return i;
  }

  /** A byte of an identifier or a dot between two; everything outside of ASCII is a letter. */
  private static boolean isPart(byte b) {
    return b < 0
        || (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || b == '_'
        || b == '.'
        || b == '$';
  }

  private static int behindZero(ByteBuf bytes, int from, int to) {
    int zero = from < to ? bytes.indexOf(from, to, (byte) 0) : -1;
    return zero < 0 ? to : zero + 1;
  }
}
