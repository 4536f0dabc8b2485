package org.turnout.proxy.postgres;

import static org.turnout.proxy.postgres.WireCase.cycles;
import static org.turnout.proxy.postgres.WireCase.queries;
import static org.turnout.proxy.postgres.WireMessages.bind;
import static org.turnout.proxy.postgres.WireMessages.call;
import static org.turnout.proxy.postgres.WireMessages.execute;
import static org.turnout.proxy.postgres.WireMessages.parse;
import static org.turnout.proxy.postgres.WireMessages.query;
import static org.turnout.proxy.postgres.WireMessages.sync;

import java.util.List;
import java.util.stream.Stream;

/** What a session has beyond its transactions, and what happens to it. */
final class StateCases {
  private StateCases() {}

  private static final int LO_CREATE = 715;
  private static final int LO_OPEN = 952;
  private static final int LO_CLOSE = 953;
  private static final int LO_UNLINK = 964;
  private static final int LO_READ_WRITE = 0x60000;

  static List<WireCase> all() {
    return Stream.of(own(), ofOthers()).flatMap(List::stream).toList();
  }

  /** What another client of the server does to the session. */
  private static List<WireCase> ofOthers() {
    return List.of(
        new WireCase(
            "a notification while idle",
            client -> {
              client.ask("LISTEN elsewhere");
              others(client, "NOTIFY elsewhere, 'hello'");
              client.until('A');
              client.ask("SELECT 1");
            }),
        new WireCase(
            "a notification during a transaction",
            client -> {
              client.ask("LISTEN elsewhere");
              client.ask("BEGIN");
              others(client, "NOTIFY elsewhere, 'hello'");
              client.ask("SELECT 1");
              client.ask("COMMIT");
              client.ask("SELECT 2");
            }),
        ended("a session that is ended while idle", client -> client.ask("SELECT 1"), "TRUE"),
        ended("a session that is ended in a transaction", client -> client.ask("BEGIN"), "TRUE"),
        ended(
            "a session that is ended while it works",
            client -> client.say(query("SELECT 1; SELECT pg_sleep(300)")),
            "wait_event = 'PgSleep'"),
        ended(
            "a session that is ended during COPY",
            client -> {
              client.ask("CREATE TEMP TABLE c (a int)");
              client.say(query("COPY c FROM STDIN"));
              client.until('G');
            },
            "wait_event = 'ClientRead'"),
        new WireCase(
            "a lock that another holds",
            client -> {
              try (WireClient other = client.another().begin()) {
                other.ask("BEGIN; SELECT pg_advisory_xact_lock(4711)");
                client.ask("SET lock_timeout = '10ms'");
                client.ask("SELECT pg_advisory_xact_lock(4711)");
              }
            }));
  }

  private static WireCase ended(String name, WireCase.Script before, String when) {
    return new WireCase(
        name,
        client -> {
          client.ask("SET application_name = 'doomed'");
          before.play(client);
          others(
              client,
              """
              DO $$ DECLARE done boolean; BEGIN LOOP
                SELECT pg_terminate_backend(pid) INTO done FROM pg_stat_activity
                  WHERE datname = current_database() AND application_name = 'doomed' AND %s;
                EXIT WHEN done;
                PERFORM pg_stat_clear_snapshot();
              END LOOP; END $$
              """
                  .formatted(when));
          client.untilEnd();
        });
  }

  private static void others(WireClient client, String sql) throws Exception {
    try (WireClient other = client.another().begin()) {
      other.ask(sql);
      if (!other.heard().getLast().equals("Z 1 I")) {
        throw new AssertionError(other.heard());
      }
    }
  }

  private static List<WireCase> own() {
    return List.of(
        queries("a notification to itself", "LISTEN n", "NOTIFY n, 'p'", "UNLISTEN *", "NOTIFY n"),
        queries(
            "settings that are reported",
            "SET application_name = 'x'",
            "SET TimeZone = 'Asia/Tokyo'",
            "BEGIN; SET LOCAL client_encoding = 'LATIN1'",
            "ROLLBACK",
            "RESET ALL"),
        queries("a setting of 100 kB", "SET search_path TO " + "a2345678,".repeat(11_000) + "b"),
        cycles("a function call", 1, call(1610), query("SELECT 1")),
        new WireCase(
            "a function call with arguments, and one that fails",
            client -> {
              client.say(call(177, 20, 22));
              client.untilReady();
              client.say(call(154, 1, 0), query("SELECT 1"));
              client.untilReady();
              client.untilReady();
            }),
        queries(
            "large objects",
            "BEGIN",
            "SELECT lo_create(4711)",
            "SELECT lo_put(4711, 0, 'hello')",
            "SELECT lo_get(4711)",
            "ROLLBACK"),
        new WireCase(
            "large objects by function calls",
            client -> {
              client.ask("BEGIN");
              for (byte[] call :
                  List.of(
                      call(LO_CREATE, 4712),
                      call(LO_OPEN, 4712, LO_READ_WRITE),
                      call(LO_CLOSE, 0),
                      call(LO_UNLINK, 4712),
                      call(LO_UNLINK, 4712))) {
                client.say(call);
                client.untilReady();
              }
              client.ask("ROLLBACK");
            }),
        queries(
            "a transaction in two phases",
            "BEGIN",
            "PREPARE TRANSACTION 'wire'",
            "ROLLBACK PREPARED 'wire'",
            "COMMIT PREPARED 'wire'"),
        queries(
            "another role",
            "SET SESSION AUTHORIZATION pg_monitor",
            "SELECT current_user",
            "SET ROLE pg_read_all_stats",
            "SELECT current_user",
            "RESET ROLE",
            "RESET SESSION AUTHORIZATION",
            "SELECT current_user"),
        queries(
            "cursors",
            "BEGIN",
            "DECLARE a CURSOR FOR SELECT generate_series(1, 9)",
            "FETCH 2 FROM a",
            "MOVE 3 FROM a",
            "DECLARE h CURSOR WITH HOLD FOR SELECT generate_series(1, 9)",
            "COMMIT",
            "FETCH ALL FROM h",
            "FETCH a",
            "CLOSE h"),
        queries(
            "savepoints",
            "BEGIN",
            "SAVEPOINT s",
            "SELECT 1/0",
            "ROLLBACK TO s",
            "RELEASE s",
            "COMMIT AND CHAIN",
            "COMMIT"),
        queries(
            "DISCARD and DEALLOCATE",
            "PREPARE x AS SELECT $1::int",
            "EXECUTE x(4)",
            "DEALLOCATE ALL",
            "EXECUTE x(4)",
            "CREATE TEMP TABLE d (a int)",
            "DISCARD ALL",
            "SELECT * FROM d"),
        new WireCase(
            "a plan whose result has changed",
            client -> {
              client.say(
                  query("CREATE TEMP TABLE r (a int)"), parse("r", "SELECT * FROM r"), sync());
              client.untilReady();
              client.untilReady();
              client.say(bind("", "r"), execute("", 0), sync());
              client.untilReady();
              client.say(query("ALTER TABLE r ADD b text"), bind("", "r"), execute("", 0), sync());
              client.untilReady();
              client.untilReady();
            }),
        new WireCase(
            "a session that ends itself",
            client -> {
              client.say(query("SELECT pg_terminate_backend(pg_backend_pid())"));
              client.untilEnd();
            }));
  }
}
