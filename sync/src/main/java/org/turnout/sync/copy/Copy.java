package org.turnout.sync.copy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.turnout.sync.SyncException;
import org.turnout.sync.copy.ChunkCopier.Copied;
import org.turnout.sync.copy.CopyPlan.Chunk;
import org.turnout.sync.copy.CopyPlan.CopyTable;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Table;
import org.turnout.sync.side.Tables;

/**
 * Copies the rows of tables to the target, in parallel, all at one snapshot of the source.
 *
 * <pre>
 *   slot exists → running transactions end → snapshot → unfinished tables emptied, snapshot recorded
 *   → workers: chunk → chunk → … → table recorded as done
 * </pre>
 *
 * A copy that ended early, by a failure of either side, of Turnout, or by an interrupt, is taken up
 * by running it again: tables that are done stay as they are, the others begin anew at a new
 * snapshot. Its failure says by {@link org.turnout.sync.side.Failures#isTransient} whether that can
 * be done without the operator. One run at a time; the calling thread waits for the workers.
 */
public final class Copy {
  private static final long CHUNK_BYTES = 32L << 20;

  private final PostgresSide source;
  private final PostgresSide target;
  private final List<Table> tables;
  private final int workers;
  private final long chunkBytes;

  /**
   * Describes the copy.
   *
   * @param tables the source's tables to copy; the slot must carry exactly these
   * @param workers parallel connections to each side, at least 1
   */
  public Copy(PostgresSide source, PostgresSide target, List<Table> tables, int workers) {
    this(source, target, tables, workers, CHUNK_BYTES);
  }

  Copy(PostgresSide source, PostgresSide target, List<Table> tables, int workers, long chunkBytes) {
    this.source = source;
    this.target = target;
    this.tables = List.copyOf(tables);
    this.workers = workers;
    this.chunkBytes = chunkBytes;
  }

  /** Whether every table is recorded as done, so that {@link #run} would do nothing. */
  public boolean isDone() throws SyncException {
    return unfinished(record()).isEmpty();
  }

  /**
   * Copies what is not done yet. The slot, the helper schema of the target and its tables exist.
   *
   * @throws SyncException when a side failed; what is done stays
   * @throws InterruptedException when the thread was interrupted; the workers have ended then
   */
  public void run(CopyProgress progress) throws SyncException, InterruptedException {
    TableSnapshots record = record();
    progress.begin(tables, record);
    List<Table> open = unfinished(record);
    if (open.isEmpty()) {
      return;
    }
    try (SnapshotHolder holder = SnapshotHolder.open(source, progress)) {
      CopyPlan plan = plan(holder, open);
      CopyTarget.begin(target, open, record, holder);
      progress.planned(plan.diskBytes());
      Queue<CopyTable> empty = new ConcurrentLinkedQueue<>();
      plan.tables().stream().filter(CopyTable::isEmpty).forEach(empty::add);
      Queue<Chunk> chunks = new ConcurrentLinkedQueue<>(plan.chunks());
      int size = Math.max(1, Math.min(workers, chunks.size()));
      Crew.run(size, "turnout-copy", crew -> work(crew, holder, empty, chunks, progress));
    }
  }

  private void work(
      Crew crew,
      SnapshotHolder holder,
      Queue<CopyTable> empty,
      Queue<Chunk> chunks,
      CopyProgress progress)
      throws SyncException {
    try (Connection from = crew.own(source.dedicated("copy"));
        Connection to = crew.own(CopyTarget.open(target))) {
      ChunkCopier copier = new ChunkCopier(source, target, from, to, holder);
      for (CopyTable table = empty.poll(); table != null; table = empty.poll()) {
        finish(copier, table, progress);
      }
      for (Chunk chunk = chunks.poll(); chunk != null && !crew.hasEnded(); chunk = chunks.poll()) {
        Copied copied = copier.copy(chunk);
        progress.copied(chunk.table().table(), copied.rows(), copied.bytes(), chunk.diskBytes());
        if (chunk.table().finishChunk()) {
          finish(copier, chunk.table(), progress);
        }
      }
    } catch (SQLException e) {
      throw source.failure("ending the sessions of the copy", e);
    }
  }

  private static void finish(ChunkCopier copier, CopyTable table, CopyProgress progress)
      throws SyncException {
    copier.finish(table.table());
    progress.done(table.table());
  }

  private CopyPlan plan(SnapshotHolder holder, List<Table> open) throws SyncException {
    List<Table> present;
    try (Connection to = target.control()) {
      present = Tables.load(to);
    } catch (SQLException e) {
      throw target.failure("reading the tables", e);
    }
    try {
      return CopyPlan.make(holder.connection(), open, present, chunkBytes);
    } catch (SQLException e) {
      throw source.failure("planning the copy", e);
    }
  }

  private TableSnapshots record() throws SyncException {
    try (Connection to = target.control()) {
      return TableSnapshots.load(to, target.route());
    } catch (SQLException e) {
      throw target.failure("reading what was copied already", e);
    }
  }

  private List<Table> unfinished(TableSnapshots record) {
    return tables.stream()
        .filter(
            table -> {
              TableSnapshots.TableSnapshot known = record.byTable().get(table.sqlName());
              return known == null || !known.done();
            })
        .toList();
  }
}
