package org.turnout.protocol.postgres.replication;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;

/** Messages of the change stream as a server writes them. */
final class PgOutputBytes {
  private static final Instant ZERO = Instant.parse("2000-01-01T00:00:00Z");

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final DataOutputStream out = new DataOutputStream(bytes);

  private PgOutputBytes() {}

  static byte[] of(PgOutputMessage message) {
    PgOutputBytes writer = new PgOutputBytes();
    try {
      writer.write(message);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return writer.bytes.toByteArray();
  }

  private void write(PgOutputMessage message) throws IOException {
    switch (message) {
      case PgOutputMessage.Begin begin -> {
        position('B', begin.finalLsn());
        time(begin.commitTime());
        out.writeInt(begin.xid().value());
      }
      case PgOutputMessage.Commit commit -> {
        out.writeBytes("C\0");
        out.writeLong(commit.commitLsn().value());
        out.writeLong(commit.endLsn().value());
        time(commit.commitTime());
      }
      case PgOutputMessage.Origin origin -> {
        position('O', origin.commitLsn());
        text(origin.name());
      }
      case PgOutputMessage.Relation relation -> relation(relation);
      case PgOutputMessage.Type type -> {
        number('Y', type.oid());
        text(type.schema());
        text(type.name());
      }
      case PgOutputMessage.Insert insert -> {
        number('I', insert.relation());
        tuple('N', insert.row());
      }
      case PgOutputMessage.Update update -> {
        number('U', update.relation());
        if (update.old() != null) {
          old(update.old());
        }
        tuple('N', update.row());
      }
      case PgOutputMessage.Delete delete -> {
        number('D', delete.relation());
        old(delete.old());
      }
      case PgOutputMessage.Truncate truncate -> {
        number('T', truncate.relations().size());
        out.writeByte((truncate.cascade() ? 1 : 0) | (truncate.restartIdentity() ? 2 : 0));
        for (int relation : truncate.relations()) {
          out.writeInt(relation);
        }
      }
      case PgOutputMessage.LogicalMessage logical -> {
        out.writeByte('M');
        out.writeBoolean(logical.transactional());
        out.writeLong(logical.lsn().value());
        text(logical.prefix());
        out.writeInt(logical.content().length);
        out.write(logical.content());
      }
    }
  }

  private void relation(PgOutputMessage.Relation relation) throws IOException {
    number('R', relation.oid());
    text(relation.schema());
    text(relation.name());
    out.writeByte(relation.identity().code());
    out.writeShort(relation.columns().size());
    for (PgOutputMessage.Column column : relation.columns()) {
      out.writeBoolean(column.key());
      text(column.name());
      out.writeInt(column.type());
      out.writeInt(column.modifier());
    }
  }

  private void old(PgOutputMessage.OldRow old) throws IOException {
    tuple(old instanceof PgOutputMessage.OldKey ? 'K' : 'O', old.row());
  }

  private void tuple(char part, Tuple tuple) throws IOException {
    out.writeByte(part);
    out.writeShort(tuple.size());
    for (int i = 0; i < tuple.size(); i++) {
      switch (tuple.kind(i)) {
        case NULL -> out.writeByte('n');
        case UNCHANGED -> out.writeByte('u');
        case TEXT -> value('t', tuple.bytes(i));
        case BINARY -> value('b', tuple.bytes(i));
      }
    }
  }

  private void value(char kind, byte[] value) throws IOException {
    out.writeByte(kind);
    out.writeInt(value.length);
    out.write(value);
  }

  private void position(char type, Lsn position) throws IOException {
    out.writeByte(type);
    out.writeLong(position.value());
  }

  private void number(char type, int number) throws IOException {
    out.writeByte(type);
    out.writeInt(number);
  }

  private void time(Instant time) throws IOException {
    Duration since = Duration.between(ZERO, time);
    out.writeLong(since.getSeconds() * 1_000_000 + since.getNano() / 1_000);
  }

  private void text(String text) throws IOException {
    out.write(text.getBytes(UTF_8));
    out.writeByte(0);
  }
}
