package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Names of the custom settings ({@code app.tenant}) that a session may have set. The server keeps
 * them but lists them nowhere, so they are picked from the statements that go by: {@code SET a.b},
 * and {@code set_config('a.b', …)}; where the name is a parameter, every short parameter that looks
 * like such a name counts.
 *
 * <p>Taking too many is harmless: the backend is asked for each, and knows those that are set. Only
 * the beginning of a statement is looked at, and only of one that arrived whole. Confined to the
 * session's event loop; allocates only when a name is new.
 */
final class SettingNames {
  private static final int LOOKED_AT = 8 * 1024;
  private static final int LONGEST = 128;
  private static final int MOST = 64;
  private static final byte[] CONFIG = "_config".getBytes(StandardCharsets.US_ASCII);

  private final Set<String> names = new LinkedHashSet<>();
  private boolean byParameter;

  Set<String> names() {
    return names;
  }

  /** Looks at the SQL text in the given range. */
  void statement(ByteBuf bytes, int from, int to) {
    int end = Math.min(to, from + LOOKED_AT);
    for (int i = from; i + 3 < end; i++) {
      if ((bytes.getByte(i) | 0x20) == 's'
          && (bytes.getByte(i + 1) | 0x20) == 'e'
          && (bytes.getByte(i + 2) | 0x20) == 't'
          && (i == from || !isPart(bytes.getByte(i - 1)))) {
        set(bytes, i + 3, end);
      }
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
      if (argument < end && bytes.getByte(argument) == '\'') {
        int close = bytes.indexOf(argument + 1, end, (byte) '\'');
        if (close > 0) {
          name(bytes, argument + 1, close);
        }
      } else {
        byParameter = true;
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
    name(bytes, start, stop);
  }

  /** Takes the range when it is two or more identifiers joined by dots. */
  private void name(ByteBuf bytes, int from, int to) {
    if (to - from < 3 || to - from > LONGEST || names.size() >= MOST) {
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
    if (dot) {
      names.add(bytes.toString(from, to - from, StandardCharsets.UTF_8));
    }
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
