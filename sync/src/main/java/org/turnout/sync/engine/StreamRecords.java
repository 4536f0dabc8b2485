package org.turnout.sync.engine;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.sync.SyncException;
import org.turnout.sync.apply.SourceSnapshot;
import org.turnout.sync.apply.StreamPosition;
import org.turnout.sync.capture.Publication;
import org.turnout.sync.capture.ReplicationSlot;
import org.turnout.sync.capture.StreamName;
import org.turnout.sync.copy.TableSnapshots;
import org.turnout.sync.side.Definitions;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.ReplicaIdentity;
import org.turnout.sync.side.Table;
import org.turnout.sync.side.Tables;

/** What the two sides hold of one stream, and how its first records come into being. */
record StreamRecords(StreamName name, PostgresSide primary, PostgresSide secondary) {
  /** Slot before copy: what changes from now on is in the log, what came before in the copy. */
  void begin(Duration slotDeadline, Consumer<String> progress)
      throws SyncException, InterruptedException {
    ReplicaIdentity.ensure(primary);
    ReplicationSlot slot = new ReplicationSlot(primary, name);
    slot.drop();
    Publication.create(primary, name, all());
    Lsn start = slot.create(slotDeadline, progress);
    try (Connection connection = secondary.control()) {
      new StreamPosition(name).begin(connection, start);
    } catch (SQLException e) {
      throw secondary.failure("recording where the stream begins", e);
    }
  }

  /** Without its slot the stream can never go on, so nothing else needs to be done first. */
  void requireSlot() throws SyncException {
    if (new ReplicationSlot(primary, name)
        .state()
        .flatMap(ReplicationSlot.State::confirmed)
        .isEmpty()) {
      throw new SyncException(
          "The replication slot "
              + name
              + " on "
              + primary
              + " is gone, so changes are missing for good. Remove the sync and start it anew.");
    }
  }

  /** How far the stream is applied; empty when it never began. */
  Optional<Lsn> position() throws SyncException {
    try (Connection connection = secondary.control()) {
      return new StreamPosition(name).read(connection);
    } catch (SQLException e) {
      throw secondary.failure("reading how far the stream is applied", e);
    }
  }

  /**
   * What a stream follows.
   *
   * @param definitions what the primary's catalogue said no later than of the tables
   */
  record Followed(List<Table> tables, Definitions definitions) {
    Followed {
      tables = List.copyOf(tables);
    }
  }

  /**
   * The tables that the stream follows, as the primary has them now. The publication alone knows
   * them: a table that was made since is in no stream, however the catalogue looks today.
   */
  Followed followed() throws SyncException {
    try (Connection connection = primary.control()) {
      if (!Publication.exists(connection, name)) {
        throw new SyncException(
            "The publication "
                + name
                + " on "
                + primary
                + " is gone, so changes are missing for good. Remove the sync and start it anew.");
      }
      Definitions definitions = Definitions.load(connection, name.toString());
      Predicate<Table> published =
          table -> {
            Definitions.Definition definition = definitions.byTable().get(table.sqlName());
            return definition != null && definition.published();
          };
      return new Followed(Tables.load(connection).stream().filter(published).toList(), definitions);
    } catch (SQLException e) {
      throw primary.failure("reading the tables", e);
    }
  }

  private List<Table> all() throws SyncException {
    try (Connection connection = primary.control()) {
      return Tables.load(connection);
    } catch (SQLException e) {
      throw primary.failure("reading the tables", e);
    }
  }

  /** At which snapshots of the primary the tables were copied. */
  Map<String, SourceSnapshot> copied() throws SyncException {
    Map<String, SourceSnapshot> copied = new HashMap<>();
    try (Connection connection = secondary.control()) {
      TableSnapshots.load(connection, primary.route())
          .byTable()
          .forEach(
              (table, copy) ->
                  copied.put(
                      table,
                      new SourceSnapshot(copy.snapshot(), Lsn.parse(copy.position()).value())));
    } catch (SQLException e) {
      throw secondary.failure("reading at which snapshots the tables were copied", e);
    }
    return copied;
  }
}
