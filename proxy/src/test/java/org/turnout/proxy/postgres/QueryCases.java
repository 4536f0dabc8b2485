package org.turnout.proxy.postgres;

import static org.turnout.proxy.postgres.WireCase.cycles;
import static org.turnout.proxy.postgres.WireCase.queries;
import static org.turnout.proxy.postgres.WireMessages.join;
import static org.turnout.proxy.postgres.WireMessages.query;
import static org.turnout.proxy.postgres.WireMessages.run;
import static org.turnout.proxy.postgres.WireMessages.sync;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Simple queries, and messages in a row whose answers are not waited for. */
final class QueryCases {
  private QueryCases() {}

  static List<WireCase> all() {
    return Stream.of(simple(), pipelines()).flatMap(List::stream).toList();
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
            "rows of a kind for each column",
            "SELECT 1.5::float8, 'x'::bytea, ARRAY[1,2], ROW(1,'a'), NULL, '{}'::json"));
  }

  private static List<WireCase> pipelines() {
    byte[][] many = new byte[500][];
    Arrays.setAll(many, i -> run("SELECT " + i + "::text || $1", "z"));
    byte[][] synced = new byte[300][];
    Arrays.setAll(synced, i -> join(run("SELECT $1::int / " + i % 7, "100"), sync()));
    byte[][] echoes = new byte[150][];
    Arrays.fill(echoes, query("SELECT '" + "e".repeat(100_000) + "'"));
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
            query("SELECT * FROM p")),
        cycles("hundreds of Syncs in flight", 300, join(synced)),
        new WireCase(
            "all is written before anything is read",
            client -> {
              CompletableFuture<Void> writing = client.sayMeanwhile(join(echoes));
              for (int i = 0; i < echoes.length; i++) {
                client.untilReady();
              }
              writing.get(1, TimeUnit.MINUTES);
            }));
  }
}
