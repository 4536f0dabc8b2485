package org.turnout.proxy.postgres;

import static org.turnout.proxy.postgres.WireCase.cycles;
import static org.turnout.proxy.postgres.WireCase.last;
import static org.turnout.proxy.postgres.WireMessages.copyData;
import static org.turnout.proxy.postgres.WireMessages.copyDone;
import static org.turnout.proxy.postgres.WireMessages.goodbye;
import static org.turnout.proxy.postgres.WireMessages.header;
import static org.turnout.proxy.postgres.WireMessages.join;
import static org.turnout.proxy.postgres.WireMessages.message;
import static org.turnout.proxy.postgres.WireMessages.query;
import static org.turnout.proxy.postgres.WireMessages.run;
import static org.turnout.proxy.postgres.WireMessages.sync;
import static org.turnout.proxy.postgres.WireMessages.text;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** What no driver sends, and how a connection ends. */
final class BrokenCases {
  private BrokenCases() {}

  /**
   * How a client that goes on hearing ends what it says. TLS that ends in one direction ends in
   * both.
   */
  static List<WireCase> ends() {
    byte[][] much = new byte[200][];
    Arrays.fill(much, query("INSERT INTO e VALUES ('" + "e".repeat(100_000) + "')"));
    return List.of(
        silent("the end behind an answer", query("SELECT 1")),
        silent(
            "the end behind what is not answered yet",
            query("SELECT 1"),
            query("SELECT pg_sleep(0.1)"),
            run("SELECT 2"),
            sync(),
            query("SELECT 1/0")),
        silent("the end in a transaction", query("BEGIN"), query("SELECT 1")),
        silent("the end without Sync", query("SELECT 1"), run("SELECT 2")),
        silent("the end inside a message", query("SELECT 1"), header('Q', 100, (byte) 'S')),
        silent("the end inside a header", query("SELECT 1"), new byte[] {'Q', 0}),
        silent(
            "the end during COPY",
            query("CREATE TEMP TABLE c (a int)"),
            query("COPY c FROM STDIN"),
            copyData("1\n")),
        silent("goodbye and the end", query("SELECT 1"), goodbye()),
        new WireCase(
            "goodbye and the end behind much",
            client -> {
              client.ask("CREATE TEMP TABLE e (a text)");
              CompletableFuture<Void> writing = client.sayMeanwhile(join(much), goodbye());
              for (int i = 0; i < much.length; i++) {
                client.untilReady();
              }
              writing.get(1, TimeUnit.MINUTES);
              client.sayNoMore();
              client.untilEnd();
            }));
  }

  private static WireCase silent(String name, byte[]... messages) {
    return new WireCase(
        name,
        client -> {
          client.say(messages);
          client.sayNoMore();
          client.untilEnd();
        });
  }

  /** Of a server of 14 or newer, which does not wait for what cannot be a message. */
  static List<WireCase> limits() {
    return List.of(
        last("a length of 2 GiB", header('Q', Integer.MAX_VALUE)),
        last(
            "an answer before a length of 2 GiB",
            query("SELECT 1"),
            header('Q', Integer.MAX_VALUE)));
  }

  static List<WireCase> all() {
    return List.of(
        last("goodbye", goodbye()),
        last("goodbye in a transaction", query("BEGIN"), goodbye()),
        last("an unknown type", message('?')),
        last("a password nobody asked for", message('p', text("secret"))),
        last("a length under four", header('Q', 3)),
        last("a negative length", header('Q', -1)),
        cycles("a query without its end", 1, message('Q', (byte) 'x')),
        cycles("a Bind that is cut short", 2, message('B', text("")), sync(), query("SELECT 1")),
        cycles(
            "a Flush and a Sync that say more",
            3,
            message('H', text("more")),
            run("SELECT 1"),
            message('S', text("more")),
            message('S', text("more")),
            query("SELECT 1")),
        cycles(
            "a Flush that says more during COPY",
            3,
            query("CREATE TEMP TABLE f (a int)"),
            query("COPY f FROM STDIN"),
            message('H', text("more")),
            copyData("1\n"),
            copyDone(),
            query("SELECT 1")),
        cycles(
            "a Describe of a wrong kind", 2, message('D', text("Zx")), sync(), query("SELECT 1")),
        cycles("a Close of a wrong kind", 2, message('C', text("Zx")), sync(), query("SELECT 1")));
  }
}
