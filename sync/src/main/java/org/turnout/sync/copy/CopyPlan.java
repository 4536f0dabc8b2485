package org.turnout.sync.copy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.Column;
import org.turnout.sync.side.Table;
import org.turnout.sync.side.Tables;

/**
 * Cuts tables into ranges of blocks, the largest tables first. A snapshot's rows never leave their
 * blocks, and lie only in blocks that exist when the plan is made; the last range is open all the
 * same. Partitions are read one by one and written through the root.
 */
final class CopyPlan {
  private static final String LEAVES =
      """
      SELECT n.nspname, c.relname, l.oid::bigint,
             format('%%I.%%I', ln.nspname, l.relname), pg_relation_filenode(l.oid)::bigint,
             pg_relation_size(l.oid) / current_setting('block_size')::bigint,
             pg_table_size(l.oid)
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_class l ON l.relkind = 'r' AND
             (l.oid = c.oid
              OR c.relkind = 'p' AND l.oid IN (SELECT relid FROM pg_partition_tree(c.oid)))
        JOIN pg_namespace ln ON ln.oid = l.relnamespace
       WHERE %s
       ORDER BY l.oid
      """
          .formatted(Tables.MOVED);

  private final List<CopyTable> tables;
  private final List<Chunk> chunks;

  private CopyPlan(List<CopyTable> tables, List<Chunk> chunks) {
    this.tables = tables;
    this.chunks = chunks;
  }

  /** One table of the plan. */
  static final class CopyTable {
    private final Table table;
    private final boolean binary;
    private final AtomicInteger chunksLeft = new AtomicInteger();

    private CopyTable(Table table, boolean binary) {
      this.table = table;
      this.binary = binary;
    }

    Table table() {
      return table;
    }

    boolean binary() {
      return binary;
    }

    boolean isEmpty() {
      return chunksLeft.get() == 0;
    }

    /** Whether the chunk that was just committed was the table's last. */
    boolean finishChunk() {
      return chunksLeft.decrementAndGet() == 0;
    }

    /** The columns for a statement; empty for a table without any. */
    String columns() {
      return table.columns().stream()
          .map(column -> Table.quote(column.name()))
          .collect(Collectors.joining(", "));
    }
  }

  /**
   * A range of blocks of an ordinary table or a partition.
   *
   * @param relation name for a statement
   * @param filenode the file in which the range lay when the plan was made
   * @param firstBlock first block, included
   * @param endBlock first block behind the range; {@link Long#MAX_VALUE} when the range is open
   * @param diskBytes what reading it costs, with its share of the large values stored apart
   */
  record Chunk(
      CopyTable table,
      String relation,
      long oid,
      long filenode,
      long firstBlock,
      long endBlock,
      long diskBytes) {

    /** The statement that reads the range. */
    String read() {
      String condition = endBlock == Long.MAX_VALUE ? "" : " AND ctid < '(" + endBlock + ",0)'";
      if (firstBlock > 0 || endBlock != Long.MAX_VALUE) {
        condition = " WHERE ctid >= '(" + firstBlock + ",0)'" + condition;
      }
      return "COPY (SELECT "
          + table.columns()
          + " FROM ONLY "
          + relation
          + condition
          + ") TO STDOUT"
          + format();
    }

    /** The statement that writes it. */
    String write() {
      String columns = table.columns();
      return "COPY "
          + table.table.sqlName()
          + (columns.isEmpty() ? "" : " (" + columns + ")")
          + " FROM STDIN"
          + format();
    }

    private String format() {
      return table.binary ? " (FORMAT binary)" : " (FORMAT text)";
    }
  }

  /**
   * Plans the copy of some tables.
   *
   * @param source sees the snapshot of the copy
   * @param present the target's tables
   * @param chunkBytes how much a chunk shall read from disk
   */
  static CopyPlan make(Connection source, List<Table> wanted, List<Table> present, long chunkBytes)
      throws SQLException, SyncException {
    Map<String, Table> targets = new HashMap<>();
    present.forEach(table -> targets.put(table.sqlName(), table));
    Map<String, List<Leaf>> leaves = leaves(source);
    List<CopyTable> tables = new ArrayList<>();
    List<Chunk> chunks = new ArrayList<>();
    for (Table table :
        wanted.stream().sorted(Comparator.comparing(Table::bytes).reversed()).toList()) {
      Table target = targets.get(table.sqlName());
      if (target == null) {
        throw new SyncException("Table " + table.displayName() + " is missing on the target");
      }
      CopyTable planned = new CopyTable(table, binary(table, target));
      tables.add(planned);
      for (Leaf leaf : leaves.getOrDefault(table.sqlName(), List.of())) {
        List<Chunk> ofLeaf = cut(planned, leaf, chunkBytes);
        planned.chunksLeft.addAndGet(ofLeaf.size());
        chunks.addAll(ofLeaf);
      }
    }
    return new CopyPlan(tables, chunks);
  }

  List<CopyTable> tables() {
    return tables;
  }

  List<Chunk> chunks() {
    return chunks;
  }

  long diskBytes() {
    return chunks.stream().mapToLong(Chunk::diskBytes).sum();
  }

  private static List<Chunk> cut(CopyTable table, Leaf leaf, long chunkBytes) {
    long bytesPerBlock = Math.max(1, leaf.bytes / Math.max(1, leaf.blocks));
    long step = Math.max(1, chunkBytes / bytesPerBlock);
    List<Chunk> chunks = new ArrayList<>();
    long first = 0;
    while (leaf.blocks - first > step) {
      chunks.add(leaf.chunk(table, first, first + step, step * bytesPerBlock));
      first += step;
    }
    chunks.add(leaf.chunk(table, first, Long.MAX_VALUE, (leaf.blocks - first) * bytesPerBlock));
    return chunks;
  }

  /** Binary only where every column means the same on both sides. */
  private static boolean binary(Table source, Table target) {
    Map<String, Column> others = new HashMap<>();
    target.columns().forEach(column -> others.put(column.name(), column));
    return !source.columns().isEmpty()
        && source.columns().stream()
            .allMatch(
                column -> {
                  Column other = others.get(column.name());
                  return column.binarySafe()
                      && other != null
                      && other.binarySafe()
                      && other.type().equals(column.type());
                });
  }

  private static Map<String, List<Leaf>> leaves(Connection source) throws SQLException {
    Map<String, List<Leaf>> leaves = new HashMap<>();
    try (Statement statement = source.createStatement();
        ResultSet row = statement.executeQuery(LEAVES)) {
      while (row.next()) {
        leaves
            .computeIfAbsent(
                Table.quote(row.getString(1)) + "." + Table.quote(row.getString(2)),
                root -> new ArrayList<>())
            .add(
                new Leaf(
                    row.getString(4),
                    row.getLong(3),
                    row.getLong(5),
                    row.getLong(6),
                    row.getLong(7)));
      }
    }
    return leaves;
  }

  /** An ordinary table or a partition. */
  private record Leaf(String relation, long oid, long filenode, long blocks, long bytes) {
    Chunk chunk(CopyTable table, long first, long end, long diskBytes) {
      return new Chunk(table, relation, oid, filenode, first, end, diskBytes);
    }
  }
}
