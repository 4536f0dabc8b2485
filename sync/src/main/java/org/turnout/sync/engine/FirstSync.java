package org.turnout.sync.engine;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.SyncConfig;
import org.turnout.sync.SyncException;
import org.turnout.sync.SyncStatus;
import org.turnout.sync.copy.Copy;
import org.turnout.sync.copy.DumpPrograms;
import org.turnout.sync.copy.SchemaCopy;

/**
 * What epoch 0 needs besides its stream, for green begins empty: schema, slot, copy and what the
 * rows need after them, each taken up where it was left. {@link #copy} comes before the stream,
 * {@link #complete} once it has brought all tables to one state. On the thread of the sync.
 */
final class FirstSync {
  private static final Logger log = LoggerFactory.getLogger(FirstSync.class);
  private static final Duration SLOT_DEADLINE = Duration.ofMinutes(10);

  private final StreamRecords records;
  private final int workers;
  private final SchemaCopy schema;
  private final SyncReport report;

  FirstSync(StreamRecords records, SyncConfig config, DumpPrograms dumps, SyncReport report) {
    this.records = records;
    this.workers = config.workers();
    this.schema = new SchemaCopy(records.primary(), records.secondary(), config, dumps);
    this.report = report;
  }

  /** Makes the tables, records where the stream begins, and copies the rows; answers what of. */
  StreamRecords.Followed copy() throws SyncException, InterruptedException {
    report.enter(SyncStatus.State.PREPARING);
    if (records.position().isEmpty()) {
      schema.prepare();
      records.begin(SLOT_DEADLINE, text -> report.enter(SyncStatus.State.PREPARING, text));
      report.enter(SyncStatus.State.PREPARING);
    }
    records.requireSlot();
    StreamRecords.Followed followed = records.followed();
    report.enter(SyncStatus.State.COPYING);
    new Copy(records.primary(), records.secondary(), followed.tables(), workers)
        .run(report.progress());
    report.enter(SyncStatus.State.INDEXING);
    schema.finishRows();
    return followed;
  }

  /** Adds what takes tables that agree with each other. */
  void complete() throws SyncException, InterruptedException {
    schema.finishConsistent().forEach(finding -> log.warn("{}", finding.message()));
  }
}
