package org.turnout.protocol.postgres.replication;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message of the pgoutput plugin, protocol version 1. Immutable; tables are named by the oid that
 * the latest {@link Relation} gave them.
 *
 * <p>One transaction is Begin, then Origin, Relation, Type, changes and transactional
 * LogicalMessages, then Commit. LogicalMessages that are not transactional come between.
 *
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html">Logical
 *     replication message formats</a>
 */
public sealed interface PgOutputMessage {

  /**
   * {@code 'B' | Int64 final lsn | Int64 commit time | Int32 xid}.
   *
   * @param finalLsn where the commit record starts
   */
  record Begin(Lsn finalLsn, Instant commitTime, Xid xid) implements PgOutputMessage {}

  /**
   * {@code 'C' | Int8 flags | Int64 commit lsn | Int64 end lsn | Int64 commit time}.
   *
   * @param commitLsn where the commit record starts: Begin's final position
   * @param endLsn behind the commit record: what to confirm once the transaction is durable
   */
  record Commit(Lsn commitLsn, Lsn endLsn, Instant commitTime) implements PgOutputMessage {}

  /** {@code 'O' | Int64 commit lsn at the origin | String name}. */
  record Origin(Lsn commitLsn, String name) implements PgOutputMessage {}

  /**
   * {@code 'R' | Int32 oid | String schema, empty for pg_catalog | String name | Int8 identity |
   * Int16 n | columns}.
   *
   * @param schema never empty
   */
  record Relation(
      int oid, String schema, String name, ReplicaIdentity identity, List<Column> columns)
      implements PgOutputMessage {
    public Relation {
      columns = List.copyOf(columns);
    }
  }

  /**
   * {@code Int8 flags | String name | Int32 type oid | Int32 modifier}.
   *
   * @param key whether it belongs to the replica identity
   */
  record Column(boolean key, String name, int type, int modifier) {}

  /** {@code 'Y' | Int32 oid | String schema | String name}. */
  record Type(int oid, String schema, String name) implements PgOutputMessage {}

  /** A change of one row. */
  sealed interface Change extends PgOutputMessage {
    /** Oid of the table. */
    int relation();
  }

  /** {@code 'I' | Int32 relation | 'N' | tuple}. */
  record Insert(int relation, Tuple row) implements Change {}

  /**
   * {@code 'U' | Int32 relation | ('K' or 'O' | tuple)? | 'N' | tuple}.
   *
   * @param old null when the replica identity did not change and is not FULL
   */
  record Update(int relation, @Nullable OldRow old, Tuple row) implements Change {}

  /** {@code 'D' | Int32 relation | 'K' or 'O' | tuple}. */
  record Delete(int relation, OldRow old) implements Change {}

  /** What is known of a row before its change. */
  sealed interface OldRow {
    /** As many columns as the table has. */
    Tuple row();
  }

  /** {@code 'K'}: the columns of the replica identity; the others are NULL without meaning it. */
  record OldKey(Tuple row) implements OldRow {}

  /** {@code 'O'}: every column (replica identity FULL). */
  record OldFull(Tuple row) implements OldRow {}

  /** {@code 'T' | Int32 n | Int8 options | Int32[n] relations}. */
  record Truncate(List<Integer> relations, boolean cascade, boolean restartIdentity)
      implements PgOutputMessage {
    public Truncate {
      relations = List.copyOf(relations);
    }
  }

  /**
   * {@code 'M' | Int8 flags | Int64 lsn | String prefix | Int32 length | Byte[length] content}:
   * what {@code pg_logical_emit_message} wrote.
   *
   * @param lsn where the message starts
   */
  record LogicalMessage(boolean transactional, Lsn lsn, String prefix, byte[] content)
      implements PgOutputMessage {
    public LogicalMessage {
      content = content.clone();
    }

    @Override
    public byte[] content() {
      return content.clone();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof LogicalMessage message
          && transactional == message.transactional
          && lsn.equals(message.lsn)
          && prefix.equals(message.prefix)
          && Arrays.equals(content, message.content);
    }

    @Override
    public int hashCode() {
      return lsn.hashCode();
    }

    @Override
    public String toString() {
      return "LogicalMessage[" + lsn + ", " + prefix + ", " + content.length + " bytes]";
    }
  }
}
