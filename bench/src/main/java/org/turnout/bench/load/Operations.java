package org.turnout.bench.load;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The operations that are measured, on the tables that {@link #SCHEMA} makes. */
public final class Operations {
  /** How many rows there are to select from; small enough to stay in the server's memory. */
  private static final int ACCOUNTS = 100_000;

  /** How many keys are asked for; each has its own bytes. */
  private static final int VARIANTS = 1024;

  private static final int PIPELINED = 100;
  private static final int COPIED = 20_000;
  private static final String ONE = "SELECT balance, filler FROM turnout_bench_account WHERE id = ";
  private static final String NAMED = "one_account";

  /** What a copy has to do: about 70 MB that do not compress. */
  private static final int BALLAST = 16_384;

  private static final String ALL_TABLES =
      "turnout_bench_account, turnout_bench_history, turnout_bench_ballast";

  /** The statements that make the tables. */
  public static final List<String> SCHEMA =
      List.of(
          "DROP TABLE IF EXISTS " + ALL_TABLES,
          "CREATE TABLE turnout_bench_account"
              + " (id int PRIMARY KEY, balance int NOT NULL, filler char(84) NOT NULL)",
          "CREATE TABLE turnout_bench_history"
              + " (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account int NOT NULL,"
              + " delta int NOT NULL, made timestamptz NOT NULL)",
          "CREATE TABLE turnout_bench_ballast (id int PRIMARY KEY, content bytea NOT NULL)");

  /** The statements that fill them. */
  public static final List<String> ROWS =
      List.of(
          "INSERT INTO turnout_bench_account SELECT n, 0, 'x' FROM generate_series(1, "
              + ACCOUNTS
              + ") n",
          "VACUUM (ANALYZE) turnout_bench_account");

  /** The statements that give a copy something to do. */
  public static final List<String> BALLAST_ROWS =
      List.of(
          "INSERT INTO turnout_bench_ballast SELECT n, (SELECT string_agg(decode(md5(n || ' ' ||"
              + " k), 'hex'), ''::bytea) FROM generate_series(1, 256) k)"
              + " FROM generate_series(1, "
              + BALLAST
              + ") n");

  /** The statements that remove them. */
  public static final List<String> REMOVAL = List.of("DROP TABLE IF EXISTS " + ALL_TABLES);

  private Operations() {}

  private static int key(int variant) {
    return 1 + (int) (variant * 48_271L % ACCOUNTS);
  }

  private static List<Step> variants(int count, IntFunction<Step> made) {
    return IntStream.range(0, count).mapToObj(made).toList();
  }

  /** Nothing at all: for sessions that only are there. */
  public static Operation nothing() {
    return new Operation(List.of(), List.of(), 0);
  }

  /** A row by its key, in the simple protocol. */
  public static Operation simple() {
    return new Operation(
        List.of(variants(VARIANTS, n -> Requests.simple(ONE + key(n), 1))), List.of(), 1);
  }

  /** A row by its key, parsed, bound and run in one go. */
  public static Operation extended() {
    return new Operation(
        List.of(variants(VARIANTS, n -> Requests.extended(ONE + "$1", "" + key(n)))), List.of(), 1);
  }

  /** A row by its key, by a statement that was prepared once. */
  public static Operation prepared() {
    return new Operation(
        List.of(variants(VARIANTS, n -> Requests.prepared(NAMED, "" + key(n)))),
        List.of(Requests.prepare(NAMED, ONE + "$1")),
        1);
  }

  /** A transaction that reads and writes, in five round trips. */
  public static Operation readWrite() {
    IntFunction<Step> update =
        n ->
            Requests.simple(
                "UPDATE turnout_bench_account SET balance = balance + 1 WHERE id = " + key(n), 0);
    IntFunction<Step> insert =
        n ->
            Requests.simple(
                "INSERT INTO turnout_bench_history (account, delta, made) VALUES ("
                    + key(n)
                    + ", 1, now())",
                0);
    return new Operation(
        List.of(
            List.of(Requests.simple("BEGIN", 0)),
            variants(VARIANTS, update),
            variants(VARIANTS, n -> Requests.simple(ONE + key(n), 1)),
            variants(VARIANTS, insert),
            List.of(Requests.simple("COMMIT", 0))),
        List.of(),
        5);
  }

  /** A hundred rows by their keys in one pipeline. */
  public static Operation pipeline() {
    IntFunction<Step> made =
        n ->
            Requests.pipeline(
                NAMED,
                Stream.iterate(n, k -> k + 1).limit(PIPELINED).map(k -> "" + key(k)).toList());
    return new Operation(
        List.of(variants(32, made)), List.of(Requests.prepare(NAMED, ONE + "$1")), PIPELINED);
  }

  /** One row of 1 MiB. */
  public static Operation largeRow() {
    return new Operation(
        List.of(List.of(Requests.simple("SELECT repeat('x', 1048576)", 1))), List.of(), 1);
  }

  /** All rows by COPY to the client, about 9 MB. */
  public static Operation copyOut() {
    return new Operation(
        List.of(List.of(Requests.simple("COPY turnout_bench_account TO STDOUT", ACCOUNTS))),
        List.of(),
        1);
  }

  /** Rows of about 2 MB by COPY from the client, into a table that forgets them. */
  public static Operation copyIn() {
    List<Step> prepare = new ArrayList<>();
    prepare.add(
        Requests.simple(
            "CREATE TEMPORARY TABLE copied (id int, balance int, filler text)"
                + " ON COMMIT DELETE ROWS",
            0));
    return new Operation(
        List.of(
            List.of(Requests.copyIn("COPY copied FROM STDIN", "1\t2\t" + "y".repeat(84), COPIED))),
        prepare,
        1);
  }

  /** This many bytes by COPY to the client, which the server makes as it goes. */
  public static Operation longCopy(long bytes) {
    int rows = Math.toIntExact(bytes / (1 << 16));
    return new Operation(
        List.of(
            List.of(
                Requests.simple(
                    "COPY (SELECT repeat('x', 65535) FROM generate_series(1, "
                        + rows
                        + "))"
                        + " TO STDOUT",
                    rows))),
        List.of(),
        1);
  }
}
