package org.turnout.sync.apply;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.replication.PgOutputMessage;
import org.turnout.protocol.postgres.replication.Tuple;
import org.turnout.sync.SyncException;
import org.turnout.sync.apply.TableWriter.Row;

/**
 * Collects a batch's changes of a table without key. Such a table is a multiset of rows, so the net
 * effect is how many of each row come or go; an update is one row that goes and one that comes. The
 * source sends old rows whole (REPLICA IDENTITY FULL). Rows that go are deleted first, each no more
 * often than it goes, so that unique values are free. Nothing here may be repeated: what makes a
 * change count once is the position that is committed with it. Confined to the applier's thread.
 */
final class KeylessChanges implements PendingChanges {
  private final Followed followed;
  private final TableWriter writer;

  /** By the values of all columns as text: how many more there are in the end, or fewer. */
  private final Map<List<@Nullable String>, Integer> rows = new LinkedHashMap<>();

  KeylessChanges(Connection connection, Followed followed) {
    this.followed = followed;
    this.writer = new TableWriter(connection, followed);
  }

  @Override
  public Followed followed() {
    return followed;
  }

  @Override
  public boolean isEmpty() {
    return rows.isEmpty();
  }

  @Override
  public void insert(Tuple row) {
    add(values(row, row), 1);
  }

  @Override
  public void update(PgOutputMessage.@Nullable OldRow old, Tuple row) throws SyncException {
    Tuple former = whole(old);
    add(values(former, former), -1);
    add(values(row, former), 1);
  }

  @Override
  public void delete(PgOutputMessage.OldRow old) throws SyncException {
    Tuple former = whole(old);
    add(values(former, former), -1);
  }

  private Tuple whole(PgOutputMessage.@Nullable OldRow old) throws SyncException {
    if (old instanceof PgOutputMessage.OldFull full) {
      return full.row();
    }
    throw new SyncException(
        "Table "
            + followed.table().displayName()
            + " has no key, and its REPLICA IDENTITY is not FULL any more, so a changed row cannot"
            + " be found. Set it again, remove the sync and start anew.");
  }

  private void add(List<@Nullable String> row, int more) {
    rows.merge(row, more, Integer::sum);
  }

  /** All values as text; what the log omitted from the row is as in the former one. */
  private static List<@Nullable String> values(Tuple row, Tuple former) {
    @Nullable String[] values = new @Nullable String[row.size()];
    for (int column = 0; column < values.length; column++) {
      Tuple holder = row.isUnchanged(column) ? former : row;
      values[column] = holder.isNull(column) ? null : holder.text(column);
    }
    return Arrays.asList(values);
  }

  @Override
  public int flush() throws SQLException {
    Map<BitSet, List<Row>> deletes = new LinkedHashMap<>();
    Map<BitSet, List<Integer>> counts = new LinkedHashMap<>();
    List<Row> inserts = new ArrayList<>();
    for (Map.Entry<List<@Nullable String>, Integer> entry : rows.entrySet()) {
      List<@Nullable String> values = entry.getKey();
      int more = entry.getValue();
      Row row = row(values);
      if (more > 0) {
        inserts.addAll(Collections.nCopies(more, row));
      } else if (more < 0) {
        BitSet nulls = nulls(values);
        deletes.computeIfAbsent(nulls, pattern -> new ArrayList<>()).add(row);
        counts.computeIfAbsent(nulls, pattern -> new ArrayList<>()).add(-more);
      }
    }
    int missing = 0;
    for (Map.Entry<BitSet, List<Row>> group : deletes.entrySet()) {
      List<Integer> wanted = counts.getOrDefault(group.getKey(), List.of());
      int deleted = writer.deleteEqual(group.getKey(), group.getValue(), wanted);
      missing += wanted.stream().mapToInt(Integer::intValue).sum() - deleted;
    }
    if (!inserts.isEmpty()) {
      writer.insert(inserts);
    }
    rows.clear();
    return missing;
  }

  private static Row row(List<@Nullable String> values) {
    RowChange change = RowChange.of(RowChange.Kind.INSERT, values.size());
    for (int column = 0; column < values.size(); column++) {
      change.set(column, values.get(column));
    }
    return new Row(List.of(), change);
  }

  private static BitSet nulls(List<@Nullable String> values) {
    BitSet nulls = new BitSet(values.size());
    for (int column = 0; column < values.size(); column++) {
      nulls.set(column, values.get(column) == null);
    }
    return nulls;
  }

  @Override
  public void close() throws SQLException {
    writer.close();
  }
}
