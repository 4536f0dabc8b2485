package org.turnout.sync.apply;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.protocol.postgres.replication.PgOutputMessage;
import org.turnout.protocol.postgres.replication.Tuple;
import org.turnout.sync.SyncException;
import org.turnout.sync.apply.TableWriter.Row;

/**
 * Collects a batch's changes of one table as their net effect per row, and writes them: deletes
 * first, so that unique values are free, then updates, then inserts. Confined to the applier's
 * thread.
 */
final class TableChanges implements PendingChanges {
  private static final Logger log = LoggerFactory.getLogger(TableChanges.class);

  /** unique_violation and exclusion_violation. */
  private static final Set<String> COLLISIONS = Set.of("23505", "23P01");

  private final Connection connection;
  private final Followed followed;
  private final TableWriter writer;
  private final Map<List<String>, RowChange> rows = new LinkedHashMap<>();

  TableChanges(Connection connection, Followed followed) {
    this.connection = connection;
    this.followed = followed;
    this.writer = new TableWriter(connection, followed);
  }

  @Override
  public Followed followed() {
    return followed;
  }

  /** The old and new identities of the rows collected now. */
  Collection<List<String>> identities() {
    return rows.keySet();
  }

  @Override
  public void insert(Tuple row) {
    List<String> identity = followed.identityOf(row);
    change(identity, RowChange.Kind.INSERT, RowChange::inserted).merge(row);
  }

  @Override
  public void delete(PgOutputMessage.OldRow old) {
    change(followed.identityOf(old.row()), RowChange.Kind.DELETE, RowChange::deleted);
  }

  @Override
  public void update(PgOutputMessage.@Nullable OldRow old, Tuple row) throws SQLException {
    Tuple former = old == null ? null : old.row();
    List<String> after = followed.identityOf(row, former);
    List<String> before = former == null ? after : followed.identityOf(former);
    if (!before.equals(after)) {
      move(before, after, old, row);
    } else {
      change(after, RowChange.Kind.UPDATE, change -> {}).merge(row);
    }
  }

  /**
   * A row gets another identity: the old one goes, a whole row comes. The old row of a partition is
   * called full when that of the root is, though it may hold no more than the partition's own
   * identity, and NULL in place of the rest: of it only the key is believed.
   */
  private void move(
      List<String> before, List<String> after, PgOutputMessage.@Nullable OldRow old, Tuple row)
      throws SQLException {
    RowChange whole = RowChange.of(RowChange.Kind.UPDATE, followed.columns().size());
    if (old instanceof PgOutputMessage.OldFull full && !followed.table().partitioned()) {
      whole.merge(full.row());
    }
    whole.merge(row);
    RowChange pending = rows.get(before);
    if (pending != null) {
      fill(whole, pending);
    }
    if (whole.present().cardinality() < followed.columns().size()) {
      // The statements of this batch have not run for this row, so the target has what is missing.
      writer.complete(List.of(new Row(before, whole)));
    }
    change(before, RowChange.Kind.DELETE, RowChange::deleted);
    fill(change(after, RowChange.Kind.INSERT, RowChange::inserted), whole);
  }

  private static void fill(RowChange change, RowChange from) {
    from.present().stream()
        .filter(column -> !change.present().get(column))
        .forEach(column -> change.set(column, from.value(column)));
  }

  private RowChange change(List<String> identity, RowChange.Kind first, Consumer<RowChange> next) {
    RowChange known = rows.get(identity);
    if (known == null) {
      known = RowChange.of(first, followed.columns().size());
      rows.put(identity, known);
    } else {
      next.accept(known);
    }
    return known;
  }

  @Override
  public boolean isEmpty() {
    return rows.isEmpty();
  }

  @Override
  public int flush() throws SQLException, SyncException {
    List<Row> deletes = select(RowChange::deletes);
    List<Row> updates = select(change -> change.kind() == RowChange.Kind.UPDATE);
    List<Row> inserts = select(RowChange::inserts);
    int missing = 0;
    if (!deletes.isEmpty()) {
      // A row inserted and deleted in one batch was never there: its absence says nothing.
      writer.delete(deletes);
    }
    if (!updates.isEmpty()) {
      missing = update(updates);
    }
    if (!inserts.isEmpty()) {
      requireWhole(inserts);
      writer.insert(inserts);
    }
    rows.clear();
    return missing;
  }

  private List<Row> select(Predicate<RowChange> which) {
    List<Row> selected = new ArrayList<>();
    rows.forEach(
        (identity, change) -> {
          if (which.test(change)) {
            selected.add(new Row(identity, change));
          }
        });
    return selected;
  }

  private int update(List<Row> updates) throws SQLException, SyncException {
    if (followed.rewritesUpdates()) {
      return rewrite(updates);
    }
    if (!followed.target().contested() || updates.size() == 1) {
      return updateInGroups(updates);
    }
    // Values that must be unique may move between these rows, and the server looks row by row.
    Savepoint before = connection.setSavepoint();
    try {
      int missing = updateInGroups(updates);
      connection.releaseSavepoint(before);
      return missing;
    } catch (SQLException e) {
      if (!COLLISIONS.contains(e.getSQLState())) {
        throw e;
      }
      log.debug("Unique values move between rows of {}", followed.table().displayName());
      connection.rollback(before);
      return rewrite(updates);
    }
  }

  private int updateInGroups(List<Row> updates) throws SQLException {
    Map<BitSet, List<Row>> groups = new LinkedHashMap<>();
    for (Row row : updates) {
      groups.computeIfAbsent(row.change().present(), columns -> new ArrayList<>()).add(row);
    }
    int missing = 0;
    for (Map.Entry<BitSet, List<Row>> group : groups.entrySet()) {
      missing += group.getValue().size() - writer.update(group.getKey(), group.getValue());
    }
    return missing;
  }

  private int rewrite(List<Row> updates) throws SQLException, SyncException {
    writer.complete(updates);
    int missing = updates.size() - writer.delete(updates);
    requireWhole(updates);
    writer.insert(updates);
    return missing;
  }

  private void requireWhole(List<Row> inserts) throws SyncException {
    for (Row row : inserts) {
      if (row.change().present().cardinality() < followed.columns().size()) {
        throw new SyncException(
            "A row of "
                + followed.table().displayName()
                + " that the source changed is not on the target, so its large values are not"
                + " known. Someone else wrote to the target: remove the sync and start anew.");
      }
    }
  }

  @Override
  public void close() throws SQLException {
    writer.close();
  }
}
