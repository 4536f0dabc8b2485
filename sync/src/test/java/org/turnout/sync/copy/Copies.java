package org.turnout.sync.copy;

import java.util.ArrayList;
import java.util.List;
import org.turnout.sync.side.HelperSchema;
import org.turnout.sync.side.ReplicaIdentity;

/** What tests of the copy share. */
final class Copies {
  static final HelperSchema HELPERS = new HelperSchema(tables());

  private Copies() {}

  private static List<String> tables() {
    List<String> tables = new ArrayList<>(ReplicaIdentity.TABLES);
    tables.addAll(SchemaCopy.TABLES);
    tables.add(TableSnapshots.TABLE);
    return tables;
  }
}
