package org.turnout.proxy.postgres;

import static org.turnout.proxy.postgres.WireCase.cycles;
import static org.turnout.proxy.postgres.WireCase.queries;
import static org.turnout.proxy.postgres.WireMessages.bind;
import static org.turnout.proxy.postgres.WireMessages.closeStatement;
import static org.turnout.proxy.postgres.WireMessages.copyData;
import static org.turnout.proxy.postgres.WireMessages.copyDone;
import static org.turnout.proxy.postgres.WireMessages.copyFail;
import static org.turnout.proxy.postgres.WireMessages.execute;
import static org.turnout.proxy.postgres.WireMessages.flush;
import static org.turnout.proxy.postgres.WireMessages.goodbye;
import static org.turnout.proxy.postgres.WireMessages.join;
import static org.turnout.proxy.postgres.WireMessages.parse;
import static org.turnout.proxy.postgres.WireMessages.query;
import static org.turnout.proxy.postgres.WireMessages.run;
import static org.turnout.proxy.postgres.WireMessages.sync;

import java.util.Arrays;
import java.util.List;

/** COPY, both ways, and what goes wrong in it. */
final class CopyCases {
  private CopyCases() {}

  static List<WireCase> all() {
    String table = "CREATE TEMP TABLE c (a int)";
    byte[] in = query("COPY c FROM STDIN");
    byte[][] more = new byte[2_000][];
    Arrays.fill(more, copyData("1\n".repeat(1_000)));
    return List.of(
        cycles("COPY in", 2, query(table), in, copyData("1\n2\n"), copyData("3\n"), copyDone()),
        cycles("COPY in that fails", 2, query(table), in, copyData("1\n"), copyFail("enough")),
        new WireCase(
            "COPY in that the server ends",
            client -> {
              client.say(query(table), in);
              client.until('G');
              client.say(copyData("1\n"), copyData("x\n"), copyData("2\n"), copyDone());
              client.untilReady();
              client.say(query("SELECT count(*) FROM c"));
              client.untilReady();
            }),
        cycles(
            "Sync and Flush during COPY",
            2,
            query(table),
            in,
            copyData("1\n"),
            sync(),
            flush(),
            copyData("2\n"),
            copyDone()),
        cycles(
            "COPY by messages",
            3,
            query(table),
            parse("", "COPY c FROM STDIN"),
            bind("", ""),
            execute("", 0),
            sync(),
            copyData("5\n"),
            copyDone(),
            sync(),
            query("SELECT * FROM c")),
        cycles(
            "COPY among statements",
            2,
            query(table),
            query("INSERT INTO c VALUES (1); COPY c FROM STDIN; SELECT count(*) FROM c"),
            copyData("2\n"),
            copyDone()),
        queries("COPY out", "COPY (SELECT generate_series(1, 10000)) TO STDOUT", "SELECT 1"),
        queries(
            "COPY out that fails", "COPY (SELECT 1/(3-a) FROM generate_series(1, 9) a) TO STDOUT"),
        cycles(
            "COPY out in binary",
            1,
            query("COPY (SELECT 1, 'a'::text, NULL::int) TO STDOUT BINARY")),
        cycles(
            "COPY data cut anywhere",
            3,
            query(table),
            in,
            copyData(""),
            copyData("1"),
            copyData("2\n3"),
            copyData("\n"),
            copyDone(),
            query("SELECT * FROM c")),
        cycles(
            "COPY data of 16 MiB",
            2,
            query(table),
            in,
            copyData(("0".repeat(1023) + "\n").repeat(16 << 10)),
            copyDone()),
        cycles(
            "COPY that the server ends and the client goes on with",
            3,
            query(table),
            in,
            copyData("x\n"),
            join(more),
            copyDone(),
            query("SELECT count(*) FROM c")),
        new WireCase(
            "COPY by messages that the server ends",
            client -> {
              client.say(query(table), run("COPY c FROM STDIN"));
              client.until('Z');
              client.say(flush());
              client.until('G');
              client.say(copyData("x\n"), copyData("1\n"), copyDone(), sync());
              client.untilReady();
            }),
        new WireCase(
            "goodbye during COPY",
            client -> {
              client.say(query(table), in);
              client.until('G');
              client.say(copyData("1\n"), goodbye());
              client.untilReady();
            }),
        cycles(
            "Parse during COPY",
            3,
            query(table),
            in,
            parse("", "SELECT 1"),
            closeStatement(""),
            sync()),
        cycles("a query during COPY", 3, query(table), in, query("SELECT 1"), query("SELECT 2")),
        cycles(
            "statements behind a COPY by messages",
            4,
            query(table),
            run("COPY c FROM STDIN"),
            run("SELECT 1"),
            sync(),
            run("SELECT 2"),
            sync(),
            query("SELECT 3")),
        cycles("COPY data outside a COPY", 1, copyData("1\n"), copyDone(), query("SELECT 1")));
  }
}
