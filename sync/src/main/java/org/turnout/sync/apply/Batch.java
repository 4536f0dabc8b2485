package org.turnout.sync.apply;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.protocol.postgres.replication.PgOutputMessage;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.Table;

/**
 * Some whole transactions of the source that become one on the target, with the position behind
 * them. Changes wait in memory as their net effect; when there are more than fit, they are written
 * in between, still in the same transaction. Confined to the applier's thread.
 */
final class Batch {
  private static final Logger log = LoggerFactory.getLogger(Batch.class);

  /** feature_not_supported: a table that a foreign key refers to, without the referring one. */
  private static final String REFERENCED = "0A000";

  private final Connection target;
  private final StreamPosition position;
  private final ChangedKeyLog changedKeys;
  private final Map<Integer, PendingChanges> tables = new LinkedHashMap<>();
  private final List<String> markers = new ArrayList<>();
  private Lsn durable;
  private Lsn end;
  private Lsn reported;
  private long bytes;
  private long changes;
  private long transactions;
  private boolean written;

  Batch(Connection target, StreamPosition position, ChangedKeyLog changedKeys, Lsn durable) {
    this.target = target;
    this.position = position;
    this.changedKeys = changedKeys;
    this.durable = durable;
    this.end = durable;
    this.reported = durable;
  }

  /**
   * What a commit brought.
   *
   * @param end everything before this position is on the target
   * @param durable everything before this position can never be asked for again
   */
  record Committed(Lsn end, Lsn durable, long transactions, long changes, List<String> markers) {}

  /** The table's definition is new, or repeated. */
  void described(int relation, Followed followed) throws SQLException, SyncException {
    PendingChanges known = tables.get(relation);
    if (known != null) {
      flush();
      known.close();
    }
    tables.put(
        relation,
        followed.keyless()
            ? new KeylessChanges(target, followed)
            : new TableChanges(target, followed));
  }

  void change(PgOutputMessage.Change change, long size) throws SQLException, SyncException {
    PendingChanges table = table(change.relation());
    switch (change) {
      case PgOutputMessage.Insert insert -> table.insert(insert.row());
      case PgOutputMessage.Update update -> table.update(update.old(), update.row());
      case PgOutputMessage.Delete delete -> table.delete(delete.old());
    }
    changes++;
    bytes += size;
  }

  private PendingChanges table(int relation) throws SyncException {
    PendingChanges table = tables.get(relation);
    if (table == null) {
      throw new SyncException("The change stream names a table that it did not describe");
    }
    return table;
  }

  /** Empties tables, after all changes that came before. */
  void truncate(List<Followed> truncated) throws SQLException, SyncException {
    flush();
    truncated.forEach(followed -> changedKeys.add(followed.table()));
    changes += truncated.size();
    written = true;
    List<String> names = truncated.stream().map(each -> each.target().ownRows()).toList();
    Savepoint before = target.setSavepoint();
    try (Statement statement = target.createStatement()) {
      try {
        statement.execute("TRUNCATE " + String.join(", ", names));
        target.releaseSavepoint(before);
      } catch (SQLException e) {
        if (!REFERENCED.equals(e.getSQLState())) {
          throw e;
        }
        // The referring table is not among them because its copy has this already.
        target.rollback(before);
        for (String name : names) {
          statement.execute("DELETE FROM " + name);
        }
      }
    }
  }

  void marker(byte[] content) {
    markers.add(new String(content, StandardCharsets.UTF_8));
  }

  /** A whole transaction of the source is in. */
  void transactionEnded(Lsn behind) {
    end = Lsn.max(end, behind);
    transactions++;
  }

  /** Everything before this position has come. */
  void reached(Lsn position) {
    end = Lsn.max(end, position);
  }

  /** Where the batch ends. */
  Lsn end() {
    return end;
  }

  /** Whether something came since the last commit. */
  boolean hasNews() {
    return transactions > 0 || end.isAfter(reported);
  }

  /** Whether a commit would write nothing but the position. */
  boolean isIdle() {
    return changes == 0;
  }

  /** Bytes of changes that wait in memory. */
  long bytes() {
    return bytes;
  }

  /** Writes what waits, without committing. */
  void flush() throws SQLException, SyncException {
    for (PendingChanges table : tables.values()) {
      if (table.isEmpty()) {
        continue;
      }
      record(table);
      written = true;
      int missing = table.flush();
      if (missing > 0) {
        log.warn(
            "{} rows of {} that the source changed are not on the target: someone else wrote there",
            missing,
            table.followed().table().displayName());
      }
    }
    bytes = 0;
  }

  private void record(PendingChanges table) {
    Table changed = table.followed().table();
    if (table instanceof TableChanges keyed && table.followed().identityIsKey()) {
      changedKeys.add(changed, keyed.identities());
    } else {
      changedKeys.add(changed);
    }
  }

  /**
   * Commits all on the target. A batch without changes touches the target only when asked to.
   *
   * @param savePosition whether to make the position durable although nothing was changed
   */
  Committed commit(boolean savePosition) throws SQLException, SyncException {
    flush();
    if (written || (savePosition && end.isAfter(durable))) {
      position.move(target, durable, end);
      target.commit();
      durable = end;
    }
    Committed committed = new Committed(end, durable, transactions, changes, List.copyOf(markers));
    reported = end;
    written = false;
    transactions = 0;
    changes = 0;
    markers.clear();
    return committed;
  }

  @Override
  public String toString() {
    return tables.values().stream()
        .map(table -> table.followed().table().displayName())
        .collect(Collectors.joining(", ", "Batch[", "]"));
  }
}
