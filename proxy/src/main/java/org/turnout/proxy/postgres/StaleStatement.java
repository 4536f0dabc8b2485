package org.turnout.proxy.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.turnout.protocol.postgres.message.Bind;
import org.turnout.protocol.postgres.message.Close;
import org.turnout.protocol.postgres.message.Describe;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.Parse;
import org.turnout.protocol.postgres.message.Target;

/**
 * A statement that the server refuses to use until the client prepares it again, with the error
 * 0A000, "cached plan must not change result type": what it says of one whose tables were changed.
 *
 * <p>It stands in for a statement that gives something else on another side than the client was
 * told: used there, its rows would be taken for what they are not. It takes no object of the
 * database: its result is a type of which there are two by one name, and which one is meant depends
 * on the search path, which is another one once it is prepared. Stateless.
 */
final class StaleStatement {
  /** The rows of a view of {@code information_schema}, or arrays of those of {@code pg_catalog}. */
  private static final String SQL = "SELECT NULL::_pg_user_mappings";

  private static final String MEANWHILE =
      "SELECT pg_catalog.set_config('search_path', 'information_schema, pg_catalog', true)";

  private static final String AFTERWARDS =
      "SELECT pg_catalog.set_config('search_path', 'pg_catalog', true)";

  /** A statement that is nowhere. */
  private static final String NOWHERE = "turnout_refuses_what_is_stale";

  private static final int TEXT = 25;

  private StaleStatement() {}

  /** Whether a statement is such a one. */
  static boolean isOne(SessionState.Prepared statement) {
    return statement.sql().equals(SQL);
  }

  /**
   * Makes it, by two cycles: the second one asks for it, which has to fail.
   *
   * @param types of its parameters, 0 where one is not known
   */
  static void make(ReplayScript script, String subject, String name, List<Integer> types) {
    script.cycle(subject, making(name, types));
    script.cycle(subject, List.of(new Describe(Target.STATEMENT, name)));
  }

  private static List<FrontendMessage> making(String name, List<Integer> types) {
    List<FrontendMessage> making = new ArrayList<>(OwnStatement.run(MEANWHILE));
    making.add(new Close(Target.STATEMENT, name));
    List<Integer> known = types.stream().map(type -> type == 0 ? TEXT : type).toList();
    making.add(new Parse(name, SQL, known));
    return making;
  }

  /**
   * Messages that make the unnamed one and use it, in the midst of a client's, without Sync: the
   * server refuses with that error what it is to do, whatever the search path of the client. The
   * last one is refused in any case, so that nothing of the client's is done behind them, and what
   * they set is undone.
   */
  static List<FrontendMessage> refused(List<Integer> types) {
    List<FrontendMessage> messages = new ArrayList<>(making("", types));
    messages.addAll(OwnStatement.run(AFTERWARDS));
    messages.add(new Describe(Target.STATEMENT, ""));
    messages.add(new Bind("", NOWHERE, List.of()));
    return messages;
  }

  /** Why one of those that were made is not what it is to be, if so. */
  static Optional<String> refusal(ReplayScript.Answers answers) {
    for (int i = 0; i < answers.all().size(); i += 2) {
      ErrorResponse unmade = answers.all().get(i).error();
      ErrorResponse used = answers.all().get(i + 1).error();
      if (unmade != null || used == null) {
        String why = unmade == null ? "it would be used" : unmade.report().message();
        String subject = answers.subjects().get(i);
        return Optional.of(subject + ": it gives something else there, and " + why);
      }
    }
    return Optional.empty();
  }
}
