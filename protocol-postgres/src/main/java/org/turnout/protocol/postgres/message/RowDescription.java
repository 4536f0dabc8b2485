package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.turnout.protocol.postgres.frame.BackendType;

/**
 * RowDescription: the columns of the rows that follow.
 *
 * <pre>
 * Byte1 'T' | Int32 length | Int16 n
 *   | { String name | Int32 table | Int16 column | Int32 type | Int16 type size | Int32 modifier
 *       | Int16 format }[n]
 * </pre>
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-ROWDESCRIPTION">RowDescription</a>
 */
public record RowDescription(List<Column> columns) implements BackendMessage {
  private static final int COLUMN_NUMBERS = 18;

  /**
   * One column.
   *
   * @param table oid, 0 when it is not a column of a table
   * @param number of the column in the table, 0 when it is none
   * @param type oid
   * @param typeSize bytes, negative when it varies
   * @param format 0 text, 1 binary
   */
  public record Column(
      String name, int table, int number, int type, int typeSize, int modifier, int format) {}

  public RowDescription {
    columns = List.copyOf(columns);
  }

  public static RowDescription decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.typed(buffer, BackendType.ROW_DESCRIPTION);
    int count = reader.count16(COLUMN_NUMBERS + 1);
    List<Column> columns = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      columns.add(
          new Column(
              reader.string(),
              reader.int32(),
              reader.int16(),
              reader.int32(),
              reader.int16(),
              reader.int32(),
              reader.int16()));
    }
    reader.end();
    return new RowDescription(columns);
  }

  @Override
  public int size() {
    return 7 + columns.stream().mapToInt(c -> FrameWriter.size(c.name()) + COLUMN_NUMBERS).sum();
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.header(buffer, BackendType.ROW_DESCRIPTION, size());
    buffer.writeShort(columns.size());
    for (Column column : columns) {
      FrameWriter.string(buffer, column.name());
      buffer.writeInt(column.table()).writeShort(column.number());
      buffer.writeInt(column.type()).writeShort(column.typeSize());
      buffer.writeInt(column.modifier()).writeShort(column.format());
    }
  }
}
