package org.turnout.sync.apply;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.replication.PgOutputMessage;
import org.turnout.protocol.postgres.replication.ReplicaIdentity;
import org.turnout.sync.SyncException;
import org.turnout.sync.apply.TargetTable.TargetColumn;
import org.turnout.sync.side.Table;

/**
 * Knows which table a number in the stream means. The source describes a table before its first
 * change and after each change of its definition; a description that does not fit the target's
 * table stops the stream, for nothing else could be right. Confined to the applier's thread.
 */
final class Relations {
  /** Types below this number are the server's own and numbered alike on every server. */
  private static final int FIRST_USER_TYPE = 16384;

  private final Connection target;
  private final Map<String, Table> tables = new HashMap<>();
  private final Map<String, SourceSnapshot> copied;
  private final Map<Integer, Followed> known = new HashMap<>();
  private final Map<Integer, String> unknown = new HashMap<>();

  /**
   * Knows nothing yet.
   *
   * @param copied by {@link Table#sqlName}: what the copy of a table already holds
   */
  Relations(Connection target, List<Table> tables, Map<String, SourceSnapshot> copied) {
    this.target = target;
    tables.forEach(table -> this.tables.put(table.sqlName(), table));
    this.copied = copied;
  }

  /** The table that a number means. */
  Followed get(int relation) throws SyncException {
    Followed followed = known.get(relation);
    if (followed == null) {
      throw new SyncException(
          "The publication was changed: it has table "
              + unknown.getOrDefault(relation, "number " + relation)
              + ", which was not there when the sync began. Stop the sync and start it again.");
    }
    return followed;
  }

  /**
   * Takes the source's description of a table. Of partitions, too, although their changes come as
   * those of their root.
   *
   * @return what was known of this table before is void: statements for it must be made anew; null
   *     for a table that is not followed
   */
  @Nullable Followed describe(PgOutputMessage.Relation relation)
      throws SQLException, SyncException {
    String sqlName = Table.quote(relation.schema()) + "." + Table.quote(relation.name());
    Table table = tables.get(sqlName);
    if (table == null) {
      unknown.put(relation.oid(), relation.schema() + "." + relation.name());
      return null;
    }
    TargetTable onTarget =
        TargetTable.load(target, relation.schema(), relation.name())
            .orElseThrow(
                () -> new SyncException("Table " + table.displayName() + " is not on the target"));
    Followed followed = match(relation, table, onTarget);
    known.put(relation.oid(), followed);
    return followed;
  }

  private Followed match(PgOutputMessage.Relation relation, Table table, TargetTable onTarget)
      throws SyncException {
    requireSameColumns(relation, onTarget);
    List<TargetColumn> columns = new ArrayList<>();
    List<Integer> identity = new ArrayList<>();
    Map<String, Integer> positions = new HashMap<>();
    for (PgOutputMessage.Column column : relation.columns()) {
      TargetColumn there = onTarget.columns().get(column.name());
      if (there == null) {
        throw new IllegalStateException("column sets were compared before");
      }
      requireSameType(table, column, there);
      positions.put(column.name(), columns.size());
      if (column.key() && relation.identity() != ReplicaIdentity.FULL) {
        identity.add(columns.size());
      }
      columns.add(there);
    }
    List<Integer> key = new ArrayList<>();
    for (String name : table.key()) {
      Integer position = positions.get(name);
      if (position == null) {
        throw changed(table.displayName(), "column \"" + name + "\" of its key is gone");
      }
      key.add(position);
    }
    // The stream lists the identity in column order; the key may be in another.
    if (identity.isEmpty() || Set.copyOf(identity).equals(Set.copyOf(key))) {
      identity = key;
    }
    if (identity.isEmpty()
        && (table.partitioned() || relation.identity() != ReplicaIdentity.FULL)) {
      throw changed(table.displayName(), "nothing names its rows any more");
    }
    SourceSnapshot snapshot = copied.get(table.sqlName());
    return new Followed(
        table,
        onTarget,
        columns,
        identity,
        key,
        snapshot == null ? null : new SnapshotVisibility(snapshot));
  }

  private static void requireSameColumns(PgOutputMessage.Relation relation, TargetTable onTarget)
      throws SyncException {
    Set<String> missing = new LinkedHashSet<>();
    Set<String> additional = new LinkedHashSet<>(onTarget.columns().keySet());
    for (PgOutputMessage.Column column : relation.columns()) {
      if (!additional.remove(column.name())) {
        missing.add(column.name());
      }
    }
    if (!missing.isEmpty() || !additional.isEmpty()) {
      List<String> differences = new ArrayList<>();
      if (!missing.isEmpty()) {
        differences.add("the target lacks " + String.join(", ", missing));
      }
      if (!additional.isEmpty()) {
        differences.add("only the target has " + String.join(", ", additional));
      }
      throw changed(onTarget.displayName(), String.join(" and ", differences));
    }
  }

  private static void requireSameType(
      Table table, PgOutputMessage.Column column, TargetColumn there) throws SyncException {
    boolean comparable = column.type() < FIRST_USER_TYPE && there.typeOid() < FIRST_USER_TYPE;
    if (comparable && (column.type() != there.typeOid() || column.modifier() != there.modifier())) {
      throw changed(
          table.displayName(),
          "column \""
              + column.name()
              + "\" has another type or length than on the target (type "
              + column.type()
              + "/"
              + column.modifier()
              + " against "
              + there.typeOid()
              + "/"
              + there.modifier()
              + ", "
              + there.type()
              + ")");
    }
  }

  private static SyncException changed(String table, String what) {
    return new SyncException(
        "The definition of table "
            + table
            + " differs between the sides: "
            + what
            + ". Make both the same and start the sync again.");
  }
}
