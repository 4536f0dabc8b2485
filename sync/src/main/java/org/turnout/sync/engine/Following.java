package org.turnout.sync.engine;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.SyncConfig;
import org.turnout.sync.Freshness;
import org.turnout.sync.SyncException;
import org.turnout.sync.apply.ChangeStream;
import org.turnout.sync.apply.ChangedKeyLog;
import org.turnout.sync.apply.SourceSnapshot;
import org.turnout.sync.apply.StreamSettings;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Table;
import org.turnout.sync.verify.DefinitionWatch;
import org.turnout.sync.verify.Verifier;

/**
 * The stream of an epoch and what asks about the rows that it brings. It connects again by itself,
 * so it is made once for an epoch. Any thread.
 */
record Following(
    ChangeStream stream,
    Verifier verifier,
    ChangedKeyLog changedKeys,
    DefinitionWatch definitions) {
  private static final Logger log = LoggerFactory.getLogger(Following.class);

  /**
   * The stream of these records, not started.
   *
   * @param copied at which snapshots of the primary the tables were copied
   * @param before what the stream leaves that a change of primary has just ended; null when nothing
   *     is known of the rows
   */
  static Following of(
      StreamRecords records,
      StreamRecords.Followed followed,
      Map<String, SourceSnapshot> copied,
      SyncConfig config,
      Freshness freshness,
      @Nullable Inherited before) {
    PostgresSide primary = records.primary();
    PostgresSide secondary = records.secondary();
    List<Table> tables = followed.tables();
    ChangedKeyLog changedKeys =
        before == null
            ? new ChangedKeyLog(tables)
            : ChangedKeyLog.continuing(tables, before.changedKeys());
    DefinitionWatch definitions =
        new DefinitionWatch(
            primary,
            secondary,
            records.name(),
            tables,
            before == null ? followed.definitions() : before.definitions(),
            changedKeys);
    ChangeStream stream =
        new ChangeStream(
            new StreamSettings(
                records.name(), primary, secondary, tables, copied, config.maxBatchBytes()),
            changedKeys,
            freshness);
    Verifier verifier =
        new Verifier(primary, secondary, tables, stream.gate(), changedKeys, config, definitions);
    return new Following(stream, verifier, changedKeys, definitions);
  }

  /**
   * Waits until the stream is past the newest snapshot of the copy: the tables stand at one state
   * of the source then.
   *
   * @param ended whether the sync was ended meanwhile
   */
  void awaitOneState(BooleanSupplier ended) throws SyncException, InterruptedException {
    while (true) {
      ChangeStream.State state = stream.awaitFollowing(Long.MAX_VALUE);
      if (state instanceof ChangeStream.State.Failed(String reason)) {
        throw new SyncException(reason);
      }
      if (ended.getAsBoolean()) {
        throw new InterruptedException("the sync was ended");
      }
      try {
        stream.marker().get();
        return;
      } catch (ExecutionException e) {
        log.debug("The stream was interrupted before the copied tables agreed", e);
      }
    }
  }

  /** Ends stream and verifications; what is durable stays. */
  void close() throws SyncException, InterruptedException {
    stream.close();
    verifier.close();
  }
}
