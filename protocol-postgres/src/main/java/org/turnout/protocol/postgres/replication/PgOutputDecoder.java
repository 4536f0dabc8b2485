package org.turnout.protocol.postgres.replication;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.turnout.protocol.postgres.ProtocolException;

/**
 * Decodes the payload of one XLogData message from the pgoutput plugin with {@code proto_version
 * '1'}, values as text or binary.
 *
 * <p>Keeps nothing: which columns a table has is for the caller to remember from {@link
 * PgOutputMessage.Relation}. Thread safe.
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html">Logical
 *     replication message formats</a>
 */
public final class PgOutputDecoder {
  private static final int CASCADE = 1;
  private static final int RESTART_IDENTITY = 2;
  private static final int TRANSACTIONAL = 1;
  private static final int KEY = 1;

  private PgOutputDecoder() {}

  /**
   * Decodes the message between position and limit. Rows share the buffer's array, so the buffer
   * belongs to the message from here on.
   *
   * @throws ProtocolException when it is malformed, or belongs to a feature that has to be asked
   *     for (streamed and prepared transactions)
   */
  public static PgOutputMessage decode(ByteBuffer message) {
    ByteBuffer buffer = message.order(ByteOrder.BIG_ENDIAN);
    PgOutputMessage decoded = decodeType(Reading.int8(buffer), buffer);
    if (buffer.hasRemaining()) {
      throw new ProtocolException(
          "message of the change stream has " + buffer.remaining() + " bytes too many");
    }
    return decoded;
  }

  /** Decodes the readable bytes, which are copied. */
  public static PgOutputMessage decode(ByteBuf message) {
    byte[] bytes = new byte[message.readableBytes()];
    message.readBytes(bytes);
    return decode(ByteBuffer.wrap(bytes));
  }

  private static PgOutputMessage decodeType(byte type, ByteBuffer buffer) {
    return switch (type) {
      case 'B' ->
          new PgOutputMessage.Begin(
              Reading.lsn(buffer), Reading.instant(buffer), Reading.xid(buffer));
      case 'C' -> commit(buffer);
      case 'O' -> new PgOutputMessage.Origin(Reading.lsn(buffer), Reading.string(buffer));
      case 'R' -> relation(buffer);
      case 'Y' ->
          new PgOutputMessage.Type(
              Reading.int32(buffer), schema(Reading.string(buffer)), Reading.string(buffer));
      case 'I' -> insert(buffer);
      case 'U' -> update(buffer);
      case 'D' -> delete(buffer);
      case 'T' -> truncate(buffer);
      case 'M' -> logicalMessage(buffer);
      case 'S', 'E', 'c', 'A' ->
          throw new ProtocolException(
              "the server streams transactions in progress, which was not asked for");
      case 'b', 'P', 'K', 'r', 'p' ->
          throw new ProtocolException(
              "the server sends prepared transactions, which was not asked for");
      default -> throw new ProtocolException("unknown message of pgoutput " + (type & 0xff));
    };
  }

  private static PgOutputMessage commit(ByteBuffer buffer) {
    if (Reading.int8(buffer) != 0) {
      throw new ProtocolException("unknown flags of a commit");
    }
    return new PgOutputMessage.Commit(
        Reading.lsn(buffer), Reading.lsn(buffer), Reading.instant(buffer));
  }

  private static PgOutputMessage relation(ByteBuffer buffer) {
    int oid = Reading.int32(buffer);
    String schema = schema(Reading.string(buffer));
    String name = Reading.string(buffer);
    ReplicaIdentity identity = ReplicaIdentity.of(Reading.int8(buffer));
    int count = Reading.count16(buffer, 10);
    List<PgOutputMessage.Column> columns = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      columns.add(
          new PgOutputMessage.Column(
              (Reading.int8(buffer) & KEY) != 0,
              Reading.string(buffer),
              Reading.int32(buffer),
              Reading.int32(buffer)));
    }
    return new PgOutputMessage.Relation(oid, schema, name, identity, columns);
  }

  private static String schema(String sent) {
    return sent.isEmpty() ? "pg_catalog" : sent;
  }

  private static PgOutputMessage insert(ByteBuffer buffer) {
    int relation = Reading.int32(buffer);
    requireNew(Reading.int8(buffer));
    return new PgOutputMessage.Insert(relation, Tuple.read(buffer));
  }

  private static PgOutputMessage update(ByteBuffer buffer) {
    int relation = Reading.int32(buffer);
    byte part = Reading.int8(buffer);
    if (part == 'N') {
      return new PgOutputMessage.Update(relation, null, Tuple.read(buffer));
    }
    PgOutputMessage.OldRow old = oldRow(part, buffer);
    requireNew(Reading.int8(buffer));
    return new PgOutputMessage.Update(relation, old, Tuple.read(buffer));
  }

  private static PgOutputMessage delete(ByteBuffer buffer) {
    int relation = Reading.int32(buffer);
    return new PgOutputMessage.Delete(relation, oldRow(Reading.int8(buffer), buffer));
  }

  private static PgOutputMessage.OldRow oldRow(byte part, ByteBuffer buffer) {
    return switch (part) {
      case 'K' -> new PgOutputMessage.OldKey(Tuple.read(buffer));
      case 'O' -> new PgOutputMessage.OldFull(Tuple.read(buffer));
      default -> throw new ProtocolException("unknown part of a change " + part);
    };
  }

  private static void requireNew(byte part) {
    if (part != 'N') {
      throw new ProtocolException("unknown part of a change " + part);
    }
  }

  private static PgOutputMessage truncate(ByteBuffer buffer) {
    int count = Reading.int32(buffer);
    int options = Reading.int8(buffer);
    if (count < 0 || (long) count * Integer.BYTES > buffer.remaining()) {
      throw new ProtocolException("invalid count of truncated tables " + count);
    }
    List<Integer> relations = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      relations.add(Reading.int32(buffer));
    }
    return new PgOutputMessage.Truncate(
        relations, (options & CASCADE) != 0, (options & RESTART_IDENTITY) != 0);
  }

  private static PgOutputMessage logicalMessage(ByteBuffer buffer) {
    return new PgOutputMessage.LogicalMessage(
        (Reading.int8(buffer) & TRANSACTIONAL) != 0,
        Reading.lsn(buffer),
        Reading.string(buffer),
        Reading.bytes(buffer));
  }
}
