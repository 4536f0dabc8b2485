package org.turnout.sync.side;

/** How a process of the server is named to an operator, the same wherever one is in the way. */
public final class Processes {
  /**
   * An expression over a row {@code a} of {@code pg_stat_activity}, which is null for a prepared
   * transaction: role, database, process, application, state, and for how long. Never the text of a
   * statement.
   */
  public static final String NAME =
      """
      coalesce(a.usename || '@' || a.datname || ' (process ' || a.pid || ', '
                 || coalesce(nullif(a.application_name, ''), 'no name') || ', ' || a.state
                 || ' for ' || date_trunc('second', now() - a.xact_start) || ')',
               'a prepared transaction')
      """;

  private Processes() {}
}
