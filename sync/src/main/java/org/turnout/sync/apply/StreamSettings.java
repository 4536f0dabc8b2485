package org.turnout.sync.apply;

import java.util.List;
import java.util.Map;
import org.turnout.sync.capture.StreamName;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Table;

/**
 * What one stream follows.
 *
 * @param source the primary of the stream's epoch
 * @param target its secondary
 * @param tables the published tables, as the source's catalogue gives them
 * @param copied what the copy holds already, by {@link Table#sqlName}; empty for a stream that
 *     began without copy
 * @param maxBatchBytes memory for changes on their way, twice: read ahead, and in the batch
 */
public record StreamSettings(
    StreamName name,
    PostgresSide source,
    PostgresSide target,
    List<Table> tables,
    Map<String, SourceSnapshot> copied,
    long maxBatchBytes) {
  public StreamSettings {
    tables = List.copyOf(tables);
    copied = Map.copyOf(copied);
  }
}
