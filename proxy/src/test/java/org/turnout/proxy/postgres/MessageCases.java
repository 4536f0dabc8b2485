package org.turnout.proxy.postgres;

import static org.turnout.proxy.postgres.WireCase.cycles;
import static org.turnout.proxy.postgres.WireMessages.NULL;
import static org.turnout.proxy.postgres.WireMessages.bind;
import static org.turnout.proxy.postgres.WireMessages.closePortal;
import static org.turnout.proxy.postgres.WireMessages.closeStatement;
import static org.turnout.proxy.postgres.WireMessages.describePortal;
import static org.turnout.proxy.postgres.WireMessages.describeStatement;
import static org.turnout.proxy.postgres.WireMessages.execute;
import static org.turnout.proxy.postgres.WireMessages.flush;
import static org.turnout.proxy.postgres.WireMessages.parse;
import static org.turnout.proxy.postgres.WireMessages.query;
import static org.turnout.proxy.postgres.WireMessages.run;
import static org.turnout.proxy.postgres.WireMessages.sync;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Statements and portals, by messages of the extended protocol. */
final class MessageCases {
  private static final int MOST_PARAMETERS = 65_535;
  private static final int TEXT = 25;
  private static final int INT4 = 23;

  private MessageCases() {}

  static List<WireCase> all() {
    return Stream.of(statements(), portals(), large()).flatMap(List::stream).toList();
  }

  private static List<WireCase> portals() {
    return List.of(
        new WireCase(
            "Flush behind each message",
            client -> {
              step(client, '1', parse("f", "SELECT $1::int"));
              step(client, 't', describeStatement("f"));
              step(client, '2', bind("", "f", "5"));
              step(client, 'T', describePortal(""));
              step(client, 'C', execute("", 0));
              step(client, '3', closeStatement("f"));
              client.say(sync());
              client.untilReady();
            }),
        cycles(
            "a portal over several Syncs of a transaction",
            5,
            query("BEGIN"),
            parse("", "SELECT generate_series(1, 3)"),
            bind("p", ""),
            execute("p", 2),
            sync(),
            execute("p", 2),
            sync(),
            query("COMMIT"),
            execute("p", 0),
            sync()),
        cycles("a name that is taken", 1, parse("n", "SELECT 1"), parse("n", "SELECT 2"), sync()),
        cycles(
            "a portal whose name is taken",
            1,
            parse("", "SELECT 1"),
            bind("p", ""),
            bind("p", ""),
            sync()),
        cycles("no value", 1, run("SELECT $1::int IS NULL", NULL), sync()),
        cycles("a value that is none", 1, run("SELECT $1::int", "x"), sync()),
        cycles(
            "formats that are too many",
            1,
            parse("", "SELECT $1::int"),
            bind("", "", new int[] {0, 0}, new int[0], "1"),
            sync()),
        cycles(
            "a Describe of what is not there",
            2,
            describeStatement("x"),
            sync(),
            describePortal("x"),
            sync()),
        cycles(
            "a portal that is run twice",
            1,
            parse("", "SELECT 1"),
            bind("", ""),
            execute("", 0),
            execute("", 0),
            sync()));
  }

  private static void step(WireClient client, char answer, byte[] message) throws Exception {
    client.say(message, flush());
    client.until(answer);
  }

  /** What takes long, in the full run only. */
  private static List<WireCase> large() {
    return Ground.isFull()
        ? List.of(
            cycles(
                "a parameter of 100 MiB", 1, run("SELECT md5($1)", "z".repeat(100 << 20)), sync()))
        : List.of();
  }

  private static List<WireCase> statements() {
    String[] many = new String[MOST_PARAMETERS];
    Arrays.fill(many, "1");
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
            parse("", "SELECT $1::int + $2", INT4, INT4),
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
}
