package org.turnout.sync.copy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.turnout.sync.SyncStatus.TableProgress;
import org.turnout.sync.copy.TableSnapshots.TableSnapshot;
import org.turnout.sync.side.Table;

/**
 * How far the copy is: counted per committed chunk, so that it never shows rows that a failure
 * takes back. One object may serve several attempts. Written by the copy's threads, read by any.
 */
public final class CopyProgress {
  private static final long WINDOW_NANOS = 10_000_000_000L;

  private final LongSupplier nanoTime;
  private final Map<String, TableState> tables = new LinkedHashMap<>();
  private final Deque<Sample> samples = new ArrayDeque<>();
  private long diskBytesLeft;
  private Optional<String> waiting = Optional.empty();

  /**
   * Shows nothing until a copy begins.
   *
   * @param nanoTime the clock, as {@link System#nanoTime()}
   */
  public CopyProgress(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Where the copy stands.
   *
   * @param rowsTotal the source's estimate, never below what was copied
   * @param bytesCopied bytes of row data as sent
   * @param rowsPerSecond over the last ten seconds
   * @param eta by the disk space still to read at the rate of the last ten seconds; empty while
   *     nothing is known of the rate
   * @param waiting whom it waits for before it can begin, a sentence
   */
  public record View(
      List<TableProgress> tables,
      long rowsCopied,
      long rowsTotal,
      long bytesCopied,
      long rowsPerSecond,
      Optional<Duration> eta,
      Optional<String> waiting) {}

  /** The state of now. */
  public synchronized View view() {
    List<TableProgress> lines = new ArrayList<>();
    long rows = 0;
    long total = 0;
    long bytes = 0;
    for (TableState table : tables.values()) {
      lines.add(new TableProgress(table.name, table.rows, table.total(), table.done));
      rows += table.rows;
      total += table.total();
      bytes += table.bytes;
    }
    dropOldSamples();
    double seconds = windowSeconds();
    long windowRows = samples.stream().mapToLong(Sample::rows).sum();
    long windowBytes = samples.stream().mapToLong(Sample::diskBytes).sum();
    long rate = seconds > 0 ? Math.round(windowRows / seconds) : 0;
    return new View(
        List.copyOf(lines), rows, total, bytes, rate, eta(windowBytes, seconds), waiting);
  }

  private Optional<Duration> eta(long windowBytes, double seconds) {
    if (diskBytesLeft == 0) {
      return tables.isEmpty() ? Optional.empty() : Optional.of(Duration.ZERO);
    }
    return windowBytes > 0 && seconds > 0
        ? Optional.of(Duration.ofMillis(Math.round(diskBytesLeft * 1000 * seconds / windowBytes)))
        : Optional.empty();
  }

  synchronized void begin(List<Table> all, TableSnapshots record) {
    tables.clear();
    samples.clear();
    diskBytesLeft = 0;
    for (Table table : all) {
      TableState state = new TableState(table.displayName(), table.estimatedRows());
      TableSnapshot known = record.byTable().get(table.sqlName());
      if (known != null && known.done()) {
        state.rows = known.rows();
        state.bytes = known.bytes();
        state.done = true;
      }
      tables.put(table.sqlName(), state);
    }
  }

  /** It cannot begin yet. */
  synchronized void waits(String sentence) {
    waiting = Optional.of(sentence);
  }

  synchronized void goesOn() {
    waiting = Optional.empty();
  }

  synchronized void planned(long diskBytes) {
    diskBytesLeft = diskBytes;
    samples.add(new Sample(nanoTime.getAsLong(), 0, 0));
  }

  synchronized void copied(Table table, long rows, long bytes, long diskBytes) {
    TableState state = state(table);
    state.rows += rows;
    state.bytes += bytes;
    diskBytesLeft = Math.max(0, diskBytesLeft - diskBytes);
    samples.add(new Sample(nanoTime.getAsLong(), rows, diskBytes));
    dropOldSamples();
  }

  synchronized void done(Table table) {
    state(table).done = true;
  }

  private TableState state(Table table) {
    return tables.computeIfAbsent(
        table.sqlName(), name -> new TableState(table.displayName(), table.estimatedRows()));
  }

  private void dropOldSamples() {
    long now = nanoTime.getAsLong();
    while (samples.size() > 1 && now - samples.element().nanos > WINDOW_NANOS) {
      samples.remove();
    }
  }

  private double windowSeconds() {
    Sample oldest = samples.peek();
    return oldest == null ? 0 : (nanoTime.getAsLong() - oldest.nanos) / 1e9;
  }

  /** One committed chunk. */
  private record Sample(long nanos, long rows, long diskBytes) {}

  /** One table, guarded by the progress. */
  private static final class TableState {
    final String name;
    final long estimate;
    long rows;
    long bytes;
    boolean done;

    TableState(String name, long estimate) {
      this.name = name;
      this.estimate = estimate;
    }

    long total() {
      return done ? rows : Math.max(rows, estimate);
    }
  }
}
