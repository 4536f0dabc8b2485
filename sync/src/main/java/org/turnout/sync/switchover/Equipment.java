package org.turnout.sync.switchover;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.sync.SyncException;
import org.turnout.sync.apply.PreparedStream;
import org.turnout.sync.capture.StreamName;
import org.turnout.sync.copy.Sequences;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Table;
import org.turnout.sync.side.Tables;

/**
 * What a change of primary opens and makes before the pause, so that nothing inside it has to
 * connect, look up or wait for old transactions.
 *
 * @param reverse the stream of the next epoch; it outlives the rest
 * @param fenceProcess the server's process that makes the fence stick
 * @param atOld for the records of the old primary
 * @param atNew for the decision
 */
record Equipment(
    PreparedStream reverse,
    Sequences sequences,
    Fence fence,
    int fenceProcess,
    Connection atOld,
    Connection atNew) {
  private static final Logger log = LoggerFactory.getLogger(Equipment.class);

  /** How long the reverse slot may wait for transactions that run on the new primary. */
  private static final Duration SLOT_PATIENCE = Duration.ofSeconds(30);

  /** Opens all of it, or nothing. */
  static Equipment open(PostgresSide oldPrimary, PostgresSide newPrimary, Attempt attempt)
      throws SyncException {
    Connection atOld = SwitchConnection.open(oldPrimary);
    Connection atNew = null;
    Fence fence = null;
    try {
      atNew = SwitchConnection.open(newPrimary);
      List<Table> tables = Tables.load(atOld);
      fence = Fence.prepare(oldPrimary, attempt, tables);
      Sequences sequences = Sequences.load(atOld, atNew);
      sequences.advance(atOld, atNew);
      PreparedStream reverse =
          PreparedStream.prepare(
              new StreamName(attempt.route(), attempt.epoch()),
              newPrimary,
              oldPrimary,
              alsoThere(tables, atNew),
              SLOT_PATIENCE,
              waiting -> log.info("reverse stream: {}", waiting));
      return new Equipment(reverse, sequences, fence, fence.process(), atOld, atNew);
    } catch (SQLException e) {
      close(fence, atOld, atNew);
      throw oldPrimary.failure("preparing the change of primary", e);
    } catch (SyncException e) {
      close(fence, atOld, atNew);
      throw e;
    } catch (InterruptedException e) {
      close(fence, atOld, atNew);
      Thread.currentThread().interrupt();
      throw new SyncException("The preparation was interrupted", e);
    }
  }

  /** Tables that only the new primary has could not be applied; the inspection names them. */
  private static List<Table> alsoThere(List<Table> tables, Connection atNew) throws SQLException {
    Set<String> names = tables.stream().map(Table::sqlName).collect(Collectors.toSet());
    return Tables.load(atNew).stream().filter(table -> names.contains(table.sqlName())).toList();
  }

  /** Ends fence lock and connections; the reverse stream has an end of its own. */
  void close() {
    close(fence, atOld, atNew);
  }

  private static void close(@Nullable Fence fence, Connection atOld, @Nullable Connection atNew) {
    if (fence != null) {
      fence.release();
    }
    SwitchConnection.quietly(atOld);
    if (atNew != null) {
      SwitchConnection.quietly(atNew);
    }
  }
}
