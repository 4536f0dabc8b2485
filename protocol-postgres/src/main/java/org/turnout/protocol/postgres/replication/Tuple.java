package org.turnout.protocol.postgres.replication;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.turnout.protocol.postgres.ProtocolException;

/**
 * The column values of one row as they came, undecoded: slices of one array.
 *
 * <pre>Int16 n | { Byte1 'n' | Byte1 'u' | Byte1 't' or 'b' Int32 length Byte[length] }[n]</pre>
 *
 * Rule: the array is shared with the buffer that was decoded when that has one, so nobody may
 * change it afterwards; a buffer without array is copied. Safe to hand between threads.
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html#PROTOCOL-LOGICALREP-MESSAGE-FORMATS-TUPLEDATA">TupleData</a>
 */
public final class Tuple {
  /** What a column holds. */
  public enum Kind {
    NULL,
    /** A value stored out of line that the change did not touch, and that the log omits. */
    UNCHANGED,
    TEXT,
    BINARY
  }

  private static final int STRIDE = 3;

  /** What stands in a string for bytes that are no UTF-8, and that may be a character, too. */
  private static final char REPLACEMENT = '\ufffd';

  private static final Kind[] KINDS = Kind.values();

  private final byte[] array;

  /** Three numbers per column: kind, offset, length. */
  private final int[] columns;

  private Tuple(byte[] array, int[] columns) {
    this.array = array;
    this.columns = columns;
  }

  static Tuple read(ByteBuffer buffer) {
    int count = Reading.count16(buffer, 1);
    byte[] array;
    int shift;
    if (buffer.hasArray()) {
      array = buffer.array();
      shift = buffer.arrayOffset();
    } else {
      array = new byte[buffer.remaining()];
      buffer.duplicate().get(array);
      shift = -buffer.position();
    }
    int[] columns = new int[count * STRIDE];
    for (int at = 0; at < columns.length; at += STRIDE) {
      Kind kind = kind(Reading.int8(buffer));
      int length = kind == Kind.TEXT || kind == Kind.BINARY ? Reading.length(buffer) : 0;
      columns[at] = kind.ordinal();
      columns[at + 1] = buffer.position() + shift;
      columns[at + 2] = length;
      buffer.position(buffer.position() + length);
    }
    return new Tuple(array, columns);
  }

  private static Kind kind(byte code) {
    return switch (code) {
      case 'n' -> Kind.NULL;
      case 'u' -> Kind.UNCHANGED;
      case 't' -> Kind.TEXT;
      case 'b' -> Kind.BINARY;
      default -> throw new ProtocolException("unknown kind of column value " + code);
    };
  }

  /** Number of columns. */
  public int size() {
    return columns.length / STRIDE;
  }

  public Kind kind(int column) {
    return KINDS[columns[column * STRIDE]];
  }

  public boolean isNull(int column) {
    return kind(column) == Kind.NULL;
  }

  public boolean isUnchanged(int column) {
    return kind(column) == Kind.UNCHANGED;
  }

  /** The array that {@link #offset} and {@link #length} point into; not to be changed. */
  public byte[] array() {
    return array;
  }

  /** Where the value starts in {@link #array}. */
  public int offset(int column) {
    return columns[column * STRIDE + 1];
  }

  /** Bytes of the value; zero for NULL and UNCHANGED. */
  public int length(int column) {
    return columns[column * STRIDE + 2];
  }

  /**
   * A copy of the value.
   *
   * @throws IllegalStateException when the column is NULL or UNCHANGED
   */
  public byte[] bytes(int column) {
    requireValue(column);
    return Arrays.copyOfRange(array, offset(column), offset(column) + length(column));
  }

  /**
   * The value as text, which must be UTF-8: the encoding of the replication connection.
   *
   * @throws IllegalStateException when the column is not TEXT
   * @throws ProtocolException when it is not UTF-8
   */
  public String text(int column) {
    if (kind(column) != Kind.TEXT) {
      throw new IllegalStateException("column " + column + " is " + kind(column));
    }
    String text = new String(array, offset(column), length(column), StandardCharsets.UTF_8);
    if (text.indexOf(REPLACEMENT) >= 0) {
      requireUtf8(column);
    }
    return text;
  }

  /** Only what looks damaged is decoded again, so that this costs the others nothing. */
  private void requireUtf8(int column) {
    try {
      StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(array, offset(column), length(column)));
    } catch (CharacterCodingException damaged) {
      throw new ProtocolException(
          "a value of the change stream is not UTF-8, so it cannot be brought over unchanged: the"
              + " database holds bytes of which its server does not know the characters");
    }
  }

  private void requireValue(int column) {
    if (length(column) == 0 && (isNull(column) || isUnchanged(column))) {
      throw new IllegalStateException("column " + column + " is " + kind(column));
    }
  }

  /** Whether two tuples hold the same kinds and bytes. */
  @Override
  public boolean equals(Object other) {
    if (!(other instanceof Tuple tuple) || tuple.size() != size()) {
      return false;
    }
    for (int i = 0; i < size(); i++) {
      int end = offset(i) + length(i);
      int otherEnd = tuple.offset(i) + tuple.length(i);
      if (kind(i) != tuple.kind(i)
          || !Arrays.equals(array, offset(i), end, tuple.array, tuple.offset(i), otherEnd)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    int hash = size();
    for (int i = 0; i < size(); i++) {
      hash = hash * 31 + kind(i).ordinal();
      for (int at = offset(i); at < offset(i) + length(i); at++) {
        hash = hash * 31 + array[at];
      }
    }
    return hash;
  }

  /** Shapes only: values may be secret. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("Tuple[");
    for (int i = 0; i < size(); i++) {
      text.append(i == 0 ? "" : ", ").append(kind(i)).append(':').append(length(i));
    }
    return text.append(']').toString();
  }
}
