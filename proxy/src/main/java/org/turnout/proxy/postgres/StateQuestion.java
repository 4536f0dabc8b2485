package org.turnout.proxy.postgres;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.message.Bind;
import org.turnout.protocol.postgres.message.Close;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.Execute;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.FrontendSignal;
import org.turnout.protocol.postgres.message.Parse;
import org.turnout.protocol.postgres.message.Target;
import org.turnout.proxy.postgres.SessionState.Obstacle;
import org.turnout.proxy.postgres.SessionState.Obstacle.Kind;
import org.turnout.proxy.postgres.SessionState.Prepared;

/**
 * Asks a backend for the state of its session, in one round trip.
 *
 * <p>It leaves nothing behind: statement and portal have names of their own, so that the client's
 * unnamed ones survive, and every name is qualified, so that the client's search path has no part
 * in it. To be asked at a boundary. Stateless.
 */
final class StateQuestion {
  private static final String NAME = "turnout_question";
  private static final String SEPARATOR = "\u001f";

  private static final String SQL =
      """
      SELECT 's', s.name, pg_catalog.current_setting(s.name), NULL, NULL, NULL
        FROM pg_catalog.pg_settings s WHERE s.source OPERATOR(pg_catalog.=) 'session'
      UNION ALL SELECT 'u', n, pg_catalog.current_setting(n, true), NULL, NULL, NULL
        FROM pg_catalog.unnest($1::pg_catalog.text[]) n
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_settings s
          WHERE pg_catalog.lower(s.name) OPERATOR(pg_catalog.=) pg_catalog.lower(n))
      UNION ALL SELECT 'a', SESSION_USER::pg_catalog.text, NULL, NULL, NULL, NULL
      UNION ALL SELECT 'i', pg_catalog.current_setting('default_transaction_isolation'),
          NULL, NULL, NULL, NULL
      UNION ALL SELECT 'r', pg_catalog.current_setting('role'), NULL, NULL, NULL, NULL
      UNION ALL SELECT CASE WHEN p.from_sql THEN 'q' ELSE 'p' END, p.name, p.statement,
          pg_catalog.array_to_string(p.parameter_types::pg_catalog.oid[], pg_catalog.chr(31)),
          pg_catalog.array_to_string(p.parameter_types, pg_catalog.chr(31)),
          (EXTRACT(epoch FROM p.prepare_time)
            OPERATOR(pg_catalog.*) 1000000)::pg_catalog.int8::pg_catalog.text
        FROM pg_catalog.pg_prepared_statements p
        WHERE p.name OPERATOR(pg_catalog.<>)
          ALL (ARRAY['turnout_question', 'turnout_own', 'turnout_restored'])
      UNION ALL SELECT 'l', c, NULL, NULL, NULL, NULL FROM pg_catalog.pg_listening_channels() c
      UNION ALL SELECT 'h', c.name, NULL, NULL, NULL, NULL
        FROM pg_catalog.pg_cursors c WHERE c.is_holdable
      UNION ALL SELECT 't', c.relname::pg_catalog.text, NULL, NULL, NULL, NULL
        FROM pg_catalog.pg_class c
        WHERE pg_catalog.pg_my_temp_schema() OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
          AND c.relnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
          AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,v,S,f}'::pg_catalog."char"[])
      UNION ALL SELECT 'f', p.proname::pg_catalog.text, NULL, NULL, NULL, NULL
        FROM pg_catalog.pg_proc p
        WHERE pg_catalog.pg_my_temp_schema() OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
          AND p.pronamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
      UNION ALL SELECT 'y', t.typname::pg_catalog.text, NULL, NULL, NULL, NULL
        FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_class c
          ON c.oid OPERATOR(pg_catalog.=) t.typrelid
        WHERE pg_catalog.pg_my_temp_schema() OPERATOR(pg_catalog.<>) 0::pg_catalog.oid
          AND t.typnamespace OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
          AND (t.typtype OPERATOR(pg_catalog.=) ANY ('{e,d,r}'::pg_catalog."char"[])
            OR c.relkind OPERATOR(pg_catalog.=) 'c'::pg_catalog."char")
      UNION ALL SELECT 'k',
          pg_catalog.concat_ws(' ', l.classid::pg_catalog.text, l.objid::pg_catalog.text),
          NULL, NULL, NULL, NULL
        FROM pg_catalog.pg_locks l
        WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.granted
          AND l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()
      """;

  private StateQuestion() {}

  /**
   * Asks. Fails with the server's error, a {@link BackendException}, or when the connection is
   * lost.
   *
   * @param customSettings names of settings that no catalogue lists
   */
  static CompletableFuture<SessionState> ask(BackendLink link, Collection<String> customSettings) {
    return Exchange.run(link, messages(customSettings), 1)
        .thenCompose(
            answers -> {
              Exchange.Answer answer = answers.getFirst();
              ErrorResponse error = answer.error();
              if (error == null) {
                return CompletableFuture.completedFuture(state(answer.rows()));
              }
              // The error kept the statement from being closed.
              return Exchange.run(link, closing(), 1)
                  .thenApply(
                      closed -> {
                        throw new CompletionException(new BackendException(error, true));
                      });
            });
  }

  private static List<FrontendMessage> messages(Collection<String> customSettings) {
    List<FrontendMessage> messages = new ArrayList<>();
    messages.add(new Parse(NAME, SQL, List.of()));
    messages.add(new Bind(NAME, NAME, List.of(arrayLiteral(customSettings))));
    messages.add(new Execute(NAME, 0));
    messages.addAll(closing());
    return messages;
  }

  private static List<FrontendMessage> closing() {
    return List.of(new Close(Target.STATEMENT, NAME), FrontendSignal.SYNC);
  }

  /** The names hold neither quotes nor backslashes: see {@link SettingNames}. */
  private static String arrayLiteral(Collection<String> names) {
    return names.stream().map(name -> '"' + name + '"').collect(Collectors.joining(",", "{", "}"));
  }

  private static SessionState state(List<List<@Nullable String>> rows) {
    Map<String, String> settings = new HashMap<>();
    Map<String, Prepared> statements = new HashMap<>();
    Set<String> channels = new HashSet<>();
    List<Obstacle> obstacles = new ArrayList<>();
    String authorization = "";
    String role = SessionState.NO_ROLE;
    String isolation = "";
    for (List<@Nullable String> row : rows) {
      String name = text(row, 1);
      switch (text(row, 0)) {
        case "s" -> settings.put(name, text(row, 2));
        case "u" -> {
          if (row.get(2) != null) {
            settings.put(name, text(row, 2));
          }
        }
        case "a" -> authorization = name;
        case "r" -> role = name;
        case "i" -> isolation = name;
        case "p" -> statements.put(name, prepared(row, false));
        case "q" -> statements.put(name, prepared(row, true));
        case "l" -> channels.add(name);
        case "h" -> obstacles.add(new Obstacle(Kind.HELD_CURSOR, name));
        case "f" -> obstacles.add(new Obstacle(Kind.TEMPORARY_FUNCTION, name));
        case "y" -> obstacles.add(new Obstacle(Kind.TEMPORARY_TYPE, name));
        case "t" -> obstacles.add(new Obstacle(Kind.TEMPORARY_TABLE, name));
        default -> obstacles.add(new Obstacle(Kind.ADVISORY_LOCK, name));
      }
    }
    return new SessionState(
        settings, authorization, role, statements, channels, obstacles, isolation);
  }

  private static Prepared prepared(List<@Nullable String> row, boolean fromSql) {
    return new Prepared(text(row, 2), types(row), fromSql, text(row, 5), StatementResult.UNTOLD);
  }

  private static List<SessionState.Type> types(List<@Nullable String> row) {
    String oids = text(row, 3);
    if (oids.isEmpty()) {
      return List.of();
    }
    String[] numbers = oids.split(SEPARATOR, -1);
    String[] names = text(row, 4).split(SEPARATOR, -1);
    List<SessionState.Type> types = new ArrayList<>();
    for (int i = 0; i < numbers.length; i++) {
      types.add(new SessionState.Type(Integer.parseUnsignedInt(numbers[i]), names[i]));
    }
    return types;
  }

  private static String text(List<@Nullable String> row, int column) {
    String value = row.get(column);
    return value == null ? "" : value;
  }
}
