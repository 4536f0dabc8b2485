package org.turnout.sync.verify;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.turnout.sync.SyncException;
import org.turnout.sync.Verification.Kind;
import org.turnout.sync.side.Table;

/** Compares the rows of given keys of one table at a pair of snapshots, some thousands at once. */
final class KeyComparison {
  private static final int BATCH = 5_000;

  private final BothSides sides;
  private final Table table;
  private final DifferenceLog log;
  private final CanonicalRow row;

  KeyComparison(BothSides sides, Table table, DifferenceLog log) {
    this.sides = sides;
    this.table = table;
    this.log = log;
    this.row = sides.canonical(table);
  }

  /**
   * Compares; differences go to the log.
   *
   * @param rows told the number of keys compared, batch by batch
   */
  void run(List<List<String>> keys, LongConsumer rows) throws SyncException, InterruptedException {
    List<List<String>> distinct = List.copyOf(new LinkedHashSet<>(keys));
    for (int from = 0; from < distinct.size(); from += BATCH) {
      List<List<String>> batch = distinct.subList(from, Math.min(from + BATCH, distinct.size()));
      compare(batch);
      rows.accept(batch.size());
    }
  }

  private void compare(List<List<String>> keys) throws SyncException, InterruptedException {
    List<BucketSums> sums = sides.read(doing(), connection -> sums(connection, keys));
    BucketSums left = sums.getFirst();
    BucketSums right = sums.getLast();
    List<List<String>> different = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      if (left.sameBucket(i, right)) {
        continue;
      }
      if (left.count(i) > right.count(i)) {
        log.add(table, keys.get(i), Kind.MISSING_ON_SECONDARY, List.of());
      } else if (left.count(i) < right.count(i)) {
        log.add(table, keys.get(i), Kind.ONLY_ON_SECONDARY, List.of());
      } else {
        different.add(keys.get(i));
      }
    }
    locateColumns(different);
  }

  private String doing() {
    return "comparing rows of table " + table.displayName();
  }

  /** The rows of each key as a bucket of their own: normally one row or none. */
  private BucketSums sums(Connection connection, List<List<String>> keys) throws SQLException {
    RowHash hash = sides.hash();
    String sql =
        "SELECT r.number, %s, %s FROM (SELECT w.number, %s AS digest FROM %s OFFSET 0) AS r"
            .formatted(hash.first("r.digest"), hash.second("r.digest"), row.digest(), row.wanted());
    BucketSums sums = new BucketSums(keys.size());
    try (PreparedStatement statement = prepare(connection, sql, keys);
        ResultSet result = statement.executeQuery()) {
      while (result.next()) {
        sums.add(result.getInt(1) - 1, 1, result.getLong(2), result.getLong(3));
      }
    }
    return sums;
  }

  private PreparedStatement prepare(Connection connection, String sql, List<List<String>> keys)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < table.key().size(); i++) {
      int column = i;
      List<String> values = keys.stream().map(key -> key.get(column)).toList();
      statement.setArray(i + 1, BothSides.texts(connection, values));
    }
    return statement;
  }

  /** Logs rows that are on both sides and differ, each with its columns while there is room. */
  void locateColumns(List<List<String>> keys) throws SyncException, InterruptedException {
    int located = Math.min(keys.size(), log.room());
    for (int from = 0; from < located; from += 100) {
      List<List<String>> batch = keys.subList(from, Math.min(from + 100, located));
      List<Map<Integer, List<String>>> digests =
          sides.read(doing(), connection -> columns(connection, batch));
      for (int i = 0; i < batch.size(); i++) {
        List<String> left = digests.getFirst().getOrDefault(i, List.of());
        List<String> right = digests.getLast().getOrDefault(i, List.of());
        log.add(table, batch.get(i), Kind.DIFFERENT, differing(left, right));
      }
    }
    keys.subList(located, keys.size())
        .forEach(key -> log.add(table, key, Kind.DIFFERENT, List.of()));
  }

  private List<String> differing(List<String> left, List<String> right) {
    return IntStream.range(0, Math.min(left.size(), right.size()))
        .filter(i -> !left.get(i).equals(right.get(i)))
        .mapToObj(i -> table.columns().get(i).name())
        .toList();
  }

  /** For each key found, by its place in the list, the digests of its columns. */
  private Map<Integer, List<String>> columns(Connection connection, List<List<String>> keys)
      throws SQLException {
    String sql =
        "SELECT w.number, ARRAY[%s] FROM %s"
            .formatted(
                table.columns().stream().map(row::columnDigest).collect(Collectors.joining(", ")),
                row.wanted());
    Map<Integer, List<String>> digests = new HashMap<>();
    try (PreparedStatement statement = prepare(connection, sql, keys);
        ResultSet result = statement.executeQuery()) {
      while (result.next()) {
        String[] row = (String[]) result.getArray(2).getArray();
        digests.put(result.getInt(1) - 1, List.of(row));
      }
    }
    return digests;
  }
}
