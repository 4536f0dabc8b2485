package org.turnout.proxy.postgres;

import static org.turnout.proxy.postgres.WireMessages.cancel;
import static org.turnout.proxy.postgres.WireMessages.code;
import static org.turnout.proxy.postgres.WireMessages.goodbye;
import static org.turnout.proxy.postgres.WireMessages.packet;
import static org.turnout.proxy.postgres.WireMessages.query;
import static org.turnout.proxy.postgres.WireMessages.startup;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/** How connections are begun, by clients and by what is none. */
final class StartCases {
  private static final int TLS = 80877103;
  private static final int GSS = 80877104;
  private static final int VERSION_2 = 2 << 16;
  private static final int VERSION_3_1 = (3 << 16) + 1;
  private static final int VERSION_3_2 = (3 << 16) + 2;
  private static final int VERSION_3_9999 = (3 << 16) + 9999;

  private StartCases() {}

  static Stream<WireCase> all() {
    return Stream.concat(accepted(), refused());
  }

  private static Stream<WireCase> accepted() {
    return Stream.of(
        served("a start"),
        served("search_path", "search_path", "pg_catalog"),
        served("options", "options", "-c geqo=off -c statement_timeout=4711"),
        served("extra_float_digits", "extra_float_digits", "3"),
        served("an application's name", "application_name", "büro"),
        served("an encoding", "client_encoding", "LATIN1"),
        served("a replication connection", "replication", "database"),
        served("physical replication", "replication", "true", "database", "replication"),
        served("no replication connection", "replication", "off"),
        served("an unknown protocol option", "_pq_.colour", "red"),
        new WireCase(
            "TLS and GSSAPI encryption refused in turn",
            client -> {
              client.say(code(TLS));
              client.hearByte();
              client.say(code(GSS));
              client.hearByte();
              client.begin();
            }),
        new WireCase(
            "GSSAPI encryption and TLS refused in turn",
            client -> {
              client.say(code(GSS));
              client.hearByte();
              client.say(code(TLS));
              client.hearByte();
              client.begin();
            }));
  }

  /** Cases of newer protocols, which only a server of 18 knows as Turnout does. */
  static Stream<WireCase> newer() {
    return Stream.of(
        version("protocol 3.1", VERSION_3_1),
        version("protocol 3.2", VERSION_3_2),
        version("a protocol of the future", VERSION_3_9999),
        new WireCase(
            "a protocol of the past",
            client -> {
              client.say(startup(VERSION_2, "user", "postgres"));
              client.hearBytes();
            }),
        new WireCase(
            "TLS asked for twice",
            client -> {
              client.say(code(TLS));
              client.hearByte();
              client.say(code(TLS));
              client.untilEnd();
            }));
  }

  private static Stream<WireCase> refused() {
    return Stream.of(
        ended("no user", startup("database", "postgres")),
        wrong("an empty user", "user", ""),
        wrong("no such role", "user", "nobody_here"),
        wrong("no such setting", "no_such_setting", "1"),
        wrong("a wrong value", "DateStyle", "crooked"),
        wrong("a wrong option", "options", "--no-such-option=1"),
        wrong("a wrong replication", "replication", "perhaps"),
        ended("no terminator", packet(new byte[] {0, 3, 0, 0, 'u', 0})),
        ended("nothing but a length", packet(new byte[0])),
        ended("a length of 2 GiB", new byte[] {127, -1, -1, -1, 0, 3, 0, 0}),
        ended("a negative length", new byte[] {-1, -1, -1, -1, 0, 3, 0, 0}),
        ended("HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.UTF_8)),
        ended("a cancel request without a key", code(80877102)),
        ended("a cancel request of nobody", cancel(1, new byte[4])),
        ended("a query instead of a start", query("SELECT 1")),
        new WireCase(
            "nothing at all",
            client -> {
              client.sayNoMore();
              client.untilEnd();
            }),
        new WireCase(
            "plain text behind a request for TLS",
            client -> {
              client.say(code(TLS), startup("user", "postgres"));
              client.hearByte();
              client.untilEnd();
            }));
  }

  /** A parameter given again counts as it was given last. */
  private static WireCase wrong(String name, String... parameters) {
    return new WireCase(
        name,
        client -> {
          client.start(3 << 16, parameters);
          client.untilEnd();
        });
  }

  private static WireCase served(String name, String... parameters) {
    return new WireCase(
        name,
        client -> {
          client.begin(parameters);
          client.say(
              query("SHOW search_path; SHOW geqo; SHOW statement_timeout; SHOW application_name"));
          client.untilReady();
          client.say(goodbye());
          client.untilEnd();
        });
  }

  private static WireCase version(String name, int version) {
    return new WireCase(
        name,
        client -> {
          client.start(version);
          client.untilReady();
        });
  }

  private static WireCase ended(String name, byte[] start) {
    return new WireCase(
        name,
        client -> {
          client.say(start);
          client.untilEnd();
        });
  }
}
