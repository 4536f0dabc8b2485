package org.turnout.proxy.postgres;

import java.util.List;
import org.turnout.protocol.postgres.message.Bind;
import org.turnout.protocol.postgres.message.Close;
import org.turnout.protocol.postgres.message.Execute;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.Parse;
import org.turnout.protocol.postgres.message.Target;

/**
 * A statement of Turnout's own on a backend of a client, which leaves nothing behind: statement and
 * portal have a name that is closed again, so that the client's unnamed ones survive. Stateless.
 */
final class OwnStatement {
  private static final String NAME = "turnout_own";

  /** One that failed when it was run is still there. */
  private static final FrontendMessage AFTER_AN_ERROR = new Close(Target.STATEMENT, NAME);

  private OwnStatement() {}

  /** The messages that run it, without Sync. */
  static List<FrontendMessage> run(String sql) {
    return List.of(
        AFTER_AN_ERROR,
        new Parse(NAME, sql, List.of()),
        new Bind(NAME, NAME, List.of()),
        new Execute(NAME, 0),
        new Close(Target.PORTAL, NAME),
        new Close(Target.STATEMENT, NAME));
  }

  /** The messages that have a statement of the client's read where it was made, without Sync. */
  static List<FrontendMessage> parse(SessionState.Prepared statement) {
    return List.of(AFTER_AN_ERROR, statement.parse(NAME), new Close(Target.STATEMENT, NAME));
  }
}
