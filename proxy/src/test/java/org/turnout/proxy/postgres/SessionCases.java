package org.turnout.proxy.postgres;

import static org.turnout.proxy.postgres.WireMessages.bind;
import static org.turnout.proxy.postgres.WireMessages.call;
import static org.turnout.proxy.postgres.WireMessages.closePortal;
import static org.turnout.proxy.postgres.WireMessages.closeStatement;
import static org.turnout.proxy.postgres.WireMessages.describePortal;
import static org.turnout.proxy.postgres.WireMessages.describeStatement;
import static org.turnout.proxy.postgres.WireMessages.execute;
import static org.turnout.proxy.postgres.WireMessages.flush;
import static org.turnout.proxy.postgres.WireMessages.goodbye;
import static org.turnout.proxy.postgres.WireMessages.header;
import static org.turnout.proxy.postgres.WireMessages.join;
import static org.turnout.proxy.postgres.WireMessages.message;
import static org.turnout.proxy.postgres.WireMessages.parse;
import static org.turnout.proxy.postgres.WireMessages.query;
import static org.turnout.proxy.postgres.WireMessages.run;
import static org.turnout.proxy.postgres.WireMessages.sync;
import static org.turnout.proxy.postgres.WireMessages.text;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What clients do in a session that stands, and other proxies got wrong. */
final class SessionCases {
  private static final int MOST_PARAMETERS = 65_535;
  private static final int TEXT = 25;
  private static final int INT4 = 23;

  private SessionCases() {}

  static Stream<WireCase> all() {
    return Stream.of(simple(), extended(), pipelines(), CopyCases.all(), state(), broken())
        .flatMap(List::stream);
  }

  /** Each of the queries, one after the other. */
  static WireCase queries(String name, String... all) {
    return new WireCase(
        name,
        client -> {
          for (String sql : all) {
            client.say(query(sql));
            client.untilReady();
          }
        });
  }

  /** One write, answered by as many ReadyForQuery. */
  static WireCase cycles(String name, int cycles, byte[]... messages) {
    return new WireCase(
        name,
        client -> {
          client.say(messages);
          for (int i = 0; i < cycles; i++) {
            client.untilReady();
          }
        });
  }

  /** After which the server ends the connection. */
  private static WireCase last(String name, byte[]... messages) {
    return new WireCase(
        name,
        client -> {
          client.say(messages);
          client.untilEnd();
        });
  }

  private static List<WireCase> simple() {
    return List.of(
        queries("an empty query", "", " ; ; ", "-- nothing"),
        queries("several statements", "SELECT 1; SELECT 'a', NULL; SET DateStyle = 'German'"),
        queries("an error in the middle", "SELECT 1; SELECT 1/0; SELECT 2", "SELECT 3"),
        queries(
            "an implicit transaction block",
            "CREATE TEMP TABLE i (a int)",
            "INSERT INTO i VALUES (1); INSERT INTO i VALUES (1/0)",
            "SELECT count(*) FROM i",
            "INSERT INTO i VALUES (1); COMMIT; INSERT INTO i VALUES (1/0)",
            "SELECT count(*) FROM i"),
        queries(
            "a transaction that failed",
            "BEGIN",
            "SELECT 1/0",
            "SELECT 1",
            "COMMIT",
            "ROLLBACK",
            "BEGIN; SELECT 1",
            "END"),
        queries("16 MiB of text", "SELECT length('" + "x".repeat(16 << 20) + "')"),
        queries("16 MiB of result", "SELECT repeat('x', 16 * 1024 * 1024)"),
        queries("many rows", "SELECT a, repeat('r', a % 300) FROM generate_series(1, 20000) a"),
        queries("bytes that are no UTF-8", "SELECT '\uD800'", "SELECT 1"),
        queries("notices", "DO $$ BEGIN RAISE NOTICE 'n'; RAISE WARNING 'w'; END $$"),
        queries(
            "a function call of another kind of result",
            "SELECT 1.5::float8, 'x'::bytea, ARRAY[1,2], ROW(1,'a'), NULL, '{}'::json"));
  }

  private static List<WireCase> extended() {
    String[] many = new String[MOST_PARAMETERS];
    Arrays.fill(many, "1");
    String sum = "SELECT $1::int" + "+$2".repeat(1);
    StringBuilder values = new StringBuilder("SELECT 1 WHERE 1 IN ($1::int");
    for (int i = 2; i <= MOST_PARAMETERS; i++) {
      values.append(",$").append(i);
    }
    return List.of(
        cycles("one round trip", 1, run("SELECT $1::text || '!'", "a"), sync()),
        new WireCase(
            "Describe and Flush without Sync",
            client -> {
              client.say(parse("s", "SELECT $1::int, $2::text"), describeStatement("s"), flush());
              client.until('T');
              client.say(bind("", "s", "4", "x"), execute("", 0), flush());
              client.until('C');
              client.say(sync());
              client.untilReady();
            }),
        cycles(
            "text and binary formats mixed",
            1,
            parse("", sum, INT4, INT4),
            bind("", "", new int[] {1, 0}, new int[] {1}, "\0\0\0\7", "8"),
            describePortal(""),
            execute("", 0),
            sync()),
        cycles(
            "a portal that is suspended, among several",
            1,
            parse("s", "SELECT generate_series(1, 5)"),
            bind("p", "s"),
            bind("q", "s"),
            execute("p", 2),
            execute("q", 0),
            execute("p", 2),
            execute("p", 2),
            execute("p", 2),
            closePortal("p"),
            sync()),
        cycles("closing what is not there", 1, closeStatement("no"), closePortal("no"), sync()),
        cycles(
            "a name that is closed and used again",
            3,
            parse("n", "SELECT 1"),
            sync(),
            parse("n", "SELECT 2"),
            sync(),
            closeStatement("n"),
            parse("n", "SELECT 3"),
            bind("", "n"),
            execute("", 0),
            sync()),
        cycles("no statement of that name", 2, bind("", "gone"), sync(), query("SELECT 1")),
        cycles("no portal of that name", 1, execute("gone", 0), sync()),
        cycles(
            "the unnamed statement after a simple query",
            3,
            parse("", "SELECT 7"),
            sync(),
            query("SELECT 8"),
            bind("", ""),
            execute("", 0),
            sync()),
        cycles("an empty statement", 1, run(""), sync()),
        cycles("a statement without rows", 1, run("SET work_mem = '1MB'"), sync()),
        cycles("a type that is given", 1, parse("", "SELECT $1", TEXT), sync()),
        cycles("too few parameters", 1, parse("", "SELECT $1::int"), bind("", ""), sync()),
        cycles("as many parameters as there can be", 1, run(values + ")", many), sync()),
        cycles("a parameter of 32 MiB", 1, run("SELECT md5($1)", "y".repeat(32 << 20)), sync()),
        cycles("a syntax error", 2, run("SELEC"), sync(), run("SELECT 1"), sync()),
        cycles(
            "a transaction by messages",
            4,
            run("BEGIN"),
            sync(),
            run("SELECT 1/0"),
            sync(),
            run("SELECT 1"),
            sync(),
            run("ROLLBACK"),
            sync()),
        cycles("Sync alone, twice", 2, sync(), sync()));
  }

  private static List<WireCase> pipelines() {
    byte[][] many = new byte[500][];
    Arrays.setAll(many, i -> run("SELECT " + i + "::text || $1", "z"));
    return List.of(
        cycles("hundreds of messages before a reply", 1, join(many), sync()),
        cycles(
            "an error in the middle",
            3,
            run("SELECT 1"),
            run("SELECT 1/0"),
            run("SELECT 2"),
            sync(),
            run("SELECT 3"),
            sync(),
            sync()),
        cycles(
            "a simple query inside what is skipped",
            2,
            run("SELECT 1/0"),
            query("SELECT 'skipped'"),
            sync(),
            query("SELECT 'answered'")),
        cycles(
            "simple queries in a row",
            3,
            query("SELECT 1"),
            query("SELECT 1/0"),
            query("SELECT 2")),
        cycles("a simple query after messages without Sync", 1, run("SELECT 1"), query("SELECT 2")),
        cycles(
            "an implicit block over a pipeline",
            2,
            run("CREATE TEMP TABLE p (a int)"),
            run("INSERT INTO p VALUES (1)"),
            run("SELECT 1/0"),
            sync(),
            query("SELECT * FROM p")));
  }

  private static List<WireCase> state() {
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

  private static List<WireCase> broken() {
    return List.of(
        last("goodbye", goodbye()),
        last("goodbye in a transaction", query("BEGIN"), goodbye()),
        last("an unknown type", message('?')),
        last("a password nobody asked for", message('p', text("secret"))),
        last("a length under four", header('Q', 3)),
        last("a negative length", header('Q', -1)),
        last("a length of 2 GiB", header('Q', Integer.MAX_VALUE)),
        last(
            "an answer before a length of 2 GiB",
            query("SELECT 1"),
            header('Q', Integer.MAX_VALUE)),
        cycles("a query without its end", 1, message('Q', (byte) 'x')),
        cycles("a Bind that is cut short", 2, message('B', text("")), sync(), query("SELECT 1")),
        cycles(
            "a Describe of a wrong kind", 2, message('D', text("Zx")), sync(), query("SELECT 1")),
        cycles("a Close of a wrong kind", 2, message('C', text("Zx")), sync(), query("SELECT 1")));
  }
}
