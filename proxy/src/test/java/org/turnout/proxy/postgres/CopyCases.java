package org.turnout.proxy.postgres;

import static org.turnout.proxy.postgres.SessionCases.cycles;
import static org.turnout.proxy.postgres.SessionCases.queries;
import static org.turnout.proxy.postgres.WireMessages.bind;
import static org.turnout.proxy.postgres.WireMessages.closeStatement;
import static org.turnout.proxy.postgres.WireMessages.copyData;
import static org.turnout.proxy.postgres.WireMessages.copyDone;
import static org.turnout.proxy.postgres.WireMessages.copyFail;
import static org.turnout.proxy.postgres.WireMessages.execute;
import static org.turnout.proxy.postgres.WireMessages.flush;
import static org.turnout.proxy.postgres.WireMessages.parse;
import static org.turnout.proxy.postgres.WireMessages.query;
import static org.turnout.proxy.postgres.WireMessages.run;
import static org.turnout.proxy.postgres.WireMessages.sync;

import java.util.List;

/** COPY in all its forms, and what may come at the wrong moment of one. */
final class CopyCases {
  private CopyCases() {}

  static List<WireCase> all() {
    String table = "CREATE TEMP TABLE c (a int)";
    byte[] in = query("COPY c FROM STDIN");
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
