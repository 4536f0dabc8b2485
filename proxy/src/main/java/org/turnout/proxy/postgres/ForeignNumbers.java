package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.util.Map;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.Frames;

/**
 * Turns the numbers by which the secondary's answers name columns and types of users into those of
 * the primary, where the client looks them up. Immutable, thread safe.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-message-formats.html">Message
 *     Formats: RowDescription, ParameterDescription</a>
 */
final class ForeignNumbers {
  /** Types of any row: the binary form of their values holds numbers of types. */
  private static final int RECORD = 2249;

  private static final int RECORD_ARRAY = 2287;
  private static final int COLUMN_BITS = 16;

  /** Bytes of a field in a RowDescription behind its name. */
  private static final int FIELD = 3 * Integer.BYTES + 3 * Short.BYTES;

  private final LongObjectMap<Long> known;
  private final Map<String, Long> secondary;
  private final Map<String, Long> primary;

  private ForeignNumbers(
      LongObjectMap<Long> known, Map<String, Long> secondary, Map<String, Long> primary) {
    this.known = known;
    this.secondary = secondary;
    this.primary = primary;
  }

  /** Knows nothing that users made. */
  static ForeignNumbers none() {
    return of(Map.of(), Map.of());
  }

  /** From what both catalogues say ({@code SideCatalogue.identifiers}). */
  static ForeignNumbers of(Map<String, Long> secondary, Map<String, Long> primary) {
    LongObjectMap<Long> known = new LongObjectHashMap<>();
    secondary.forEach(
        (name, number) -> {
          Long other = primary.get(name);
          if (other != null) {
            known.put(number, other);
          }
        });
    return new ForeignNumbers(known, secondary, primary);
  }

  /** Whether it was made from the same. */
  boolean isOf(Map<String, Long> ofSecondary, Map<String, Long> ofPrimary) {
    return secondary.equals(ofSecondary) && primary.equals(ofPrimary);
  }

  /**
   * Whether a Parse names types of users by number.
   *
   * @param types index of what stands behind its text
   */
  static boolean areIn(ByteBuf bytes, int types, int end) {
    for (int at = types + Short.BYTES; at + Integer.BYTES <= end; at += Integer.BYTES) {
      if (bytes.getUnsignedInt(at) >= SessionState.Type.FIRST_OF_USERS) {
        return true;
      }
    }
    return false;
  }

  /**
   * Translates a whole RowDescription in place.
   *
   * @param index of its type byte
   * @return false when it names something that has no counterpart; it may be half translated then
   * @throws ProtocolException when it is none
   */
  boolean translateRow(ByteBuf bytes, int index, int size) {
    int end = index + size;
    int at = index + Frames.HEADER;
    int fields = count(bytes, at, end);
    at += Short.BYTES;
    for (int i = 0; i < fields; i++) {
      int zero = bytes.indexOf(at, end, (byte) 0);
      require(zero >= 0 && end - zero > FIELD);
      at = zero + 1;
      if (!translateColumn(bytes, at) || !translateType(bytes, at + Integer.BYTES + Short.BYTES)) {
        return false;
      }
      at += FIELD;
    }
    require(at == end);
    return true;
  }

  /** Translates a whole ParameterDescription in place; as {@link #translateRow}. */
  boolean translateParameters(ByteBuf bytes, int index, int size) {
    int end = index + size;
    int at = index + Frames.HEADER;
    int types = count(bytes, at, end);
    at += Short.BYTES;
    require(end - at == types * Integer.BYTES);
    for (int i = 0; i < types; i++) {
      if (!translateType(bytes, at)) {
        return false;
      }
      at += Integer.BYTES;
    }
    return true;
  }

  private static int count(ByteBuf bytes, int at, int end) {
    require(end - at >= Short.BYTES);
    return bytes.getUnsignedShort(at);
  }

  private static void require(boolean condition) {
    if (!condition) {
      throw new ProtocolException("a description that is not as long as what it describes");
    }
  }

  private boolean translateColumn(ByteBuf bytes, int at) {
    long table = bytes.getUnsignedInt(at);
    if (table < SessionState.Type.FIRST_OF_USERS) {
      return true;
    }
    int column = bytes.getUnsignedShort(at + Integer.BYTES);
    Long other = known.get(table << COLUMN_BITS | column);
    if (other == null) {
      return false;
    }
    bytes.setInt(at, (int) (other >>> COLUMN_BITS));
    bytes.setShort(at + Integer.BYTES, (int) (other & 0xffff));
    return true;
  }

  private boolean translateType(ByteBuf bytes, int at) {
    long type = bytes.getUnsignedInt(at);
    if (type < SessionState.Type.FIRST_OF_USERS) {
      return type != RECORD && type != RECORD_ARRAY;
    }
    Long other = known.get(type);
    if (other == null) {
      return false;
    }
    bytes.setInt(at, other.intValue());
    return true;
  }
}
