package org.turnout.sync.verify;

import static org.turnout.sync.side.Table.quote;

import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.Table;

/**
 * One scan of a table on one side: the sums of all its buckets, or the rows of some of them.
 * Servers from 14 on read a big table in ranges of blocks, which several connections share.
 */
final class TableScan {
  private static final int ROWS_PER_BUCKET = 1_000;
  private static final int MOST_BUCKETS = 1 << 16;
  private static final long BLOCKS_PER_RANGE = 8_192;
  private static final int MOST_RANGES = 16;

  private final FrozenSide side;
  private final RowHash hash;
  private final CanonicalRow row;
  private final Table table;
  private final int buckets;

  TableScan(FrozenSide side, RowHash hash, CanonicalRow row, Table table, int buckets) {
    this.side = side;
    this.hash = hash;
    this.row = row;
    this.table = table;
    this.buckets = buckets;
  }

  /** How many buckets a table is divided into: a power of two, about a thousand rows in each. */
  static int buckets(Table table) {
    // A table that was never analysed has no estimate of its rows.
    long rows = Math.max(table.estimatedRows(), table.bytes() / 512);
    long wanted = Math.clamp(rows / ROWS_PER_BUCKET, 1, MOST_BUCKETS);
    return Math.toIntExact(Long.highestOneBit(wanted));
  }

  /**
   * The sums of all buckets.
   *
   * @param rows told the number of rows of each finished part
   */
  BucketSums sums(LongConsumer rows) throws SyncException, InterruptedException {
    List<Callable<BucketSums>> parts = new ArrayList<>();
    for (String range : ranges()) {
      parts.add(
          () -> {
            BucketSums part = side.read(doing(), connection -> sums(connection, range));
            rows.accept(part.rows());
            return part;
          });
    }
    BucketSums all = new BucketSums(buckets);
    Parallel.all(parts).forEach(all::add);
    return all;
  }

  private String doing() {
    return "comparing table " + table.displayName();
  }

  /** Conditions that each row meets exactly one of. */
  private List<String> ranges() throws SyncException, InterruptedException {
    if (table.bytes() < 8_192 * BLOCKS_PER_RANGE) {
      return List.of("true");
    }
    long blocks = side.read(doing(), this::blocksOfLargestPart);
    int ranges = Math.toIntExact(Math.clamp(blocks / BLOCKS_PER_RANGE, 1, MOST_RANGES));
    List<String> conditions = new ArrayList<>();
    for (int i = 0; i < ranges; i++) {
      // The first and the last are open: the table may have grown since.
      String from = i == 0 ? "true" : "t.ctid >= '(%d,0)'".formatted(blocks * i / ranges);
      String to =
          i == ranges - 1 ? "true" : "t.ctid < '(%d,0)'".formatted(blocks * (i + 1) / ranges);
      conditions.add(from + " AND " + to);
    }
    return conditions;
  }

  private long blocksOfLargestPart(Connection connection) throws SQLException {
    String sql =
        "SELECT max(pg_relation_size(relid)) / current_setting('block_size')::bigint"
            + " FROM (SELECT ?::regclass AS relid UNION ALL"
            + " SELECT relid FROM pg_partition_tree(?::regclass)) AS parts";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, table.sqlName());
      statement.setString(2, table.sqlName());
      try (ResultSet result = statement.executeQuery()) {
        result.next();
        return result.getLong(1);
      }
    }
  }

  private BucketSums sums(Connection connection, String range) throws SQLException {
    boolean keyed = !table.key().isEmpty();
    String bucket = keyed ? "r.bucket" : row.bucket(buckets, "r.digest");
    // OFFSET 0 keeps the planner from computing the digest once for each hash.
    String sql =
        "SELECT %s, count(*), sum(%s), sum(%s) FROM (SELECT %s %s AS digest FROM %s WHERE %s OFFSET 0) AS r GROUP BY 1"
            .formatted(
                bucket,
                hash.first("r.digest"),
                hash.second("r.digest"),
                keyed ? row.bucket(buckets, "") + " AS bucket," : "",
                row.digest(),
                row.from(),
                range);
    BucketSums sums = new BucketSums(buckets);
    try (PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet result = statement.executeQuery()) {
      while (result.next()) {
        sums.add(
            result.getInt(1),
            result.getLong(2),
            new BigInteger(result.getString(3)).longValue(),
            new BigInteger(result.getString(4)).longValue());
      }
    }
    return sums;
  }

  /** One row of a bucket: its key, for a table without one its beginning; and its hashes. */
  record Row(List<String> key, long first, long second) {}

  /** All rows of some buckets. */
  List<Row> rows(List<Integer> wanted) throws SyncException, InterruptedException {
    return side.read(doing(), connection -> rows(connection, wanted));
  }

  private List<Row> rows(Connection connection, List<Integer> wanted) throws SQLException {
    boolean keyed = !table.key().isEmpty();
    String condition =
        " = ANY (ARRAY[%s])"
            .formatted(wanted.stream().map(String::valueOf).collect(Collectors.joining(",")));
    List<String> keys = keyed ? row.keyTexts() : List.of(row.beginning());
    String names =
        IntStream.range(0, keys.size())
            .mapToObj(i -> quote("key" + i))
            .collect(Collectors.joining(", "));
    String aliased =
        IntStream.range(0, keys.size())
            .mapToObj(i -> keys.get(i) + " AS " + quote("key" + i))
            .collect(Collectors.joining(", "));
    String sql =
        "SELECT %s, %s, %s FROM (SELECT %s, %s AS digest FROM %s WHERE %s OFFSET 0) AS r WHERE %s"
            .formatted(
                hash.first("r.digest"),
                hash.second("r.digest"),
                names,
                aliased,
                row.digest(),
                row.from(),
                keyed ? row.bucket(buckets, "") + condition : "true",
                keyed ? "true" : row.bucket(buckets, "r.digest") + condition);
    List<Row> rows = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setFetchSize(5_000);
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          rows.add(new Row(texts(result, keys.size()), result.getLong(1), result.getLong(2)));
        }
      }
    }
    return rows;
  }

  private static List<String> texts(ResultSet result, int count) throws SQLException {
    String[] texts = new String[count];
    for (int i = 0; i < count; i++) {
      texts[i] = result.getString(3 + i);
    }
    return List.of(texts);
  }
}
