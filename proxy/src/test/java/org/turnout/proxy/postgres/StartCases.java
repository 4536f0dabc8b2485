package org.turnout.proxy.postgres;

import static org.turnout.proxy.postgres.WireMessages.GSS;
import static org.turnout.proxy.postgres.WireMessages.TLS;
import static org.turnout.proxy.postgres.WireMessages.cancel;
import static org.turnout.proxy.postgres.WireMessages.code;
import static org.turnout.proxy.postgres.WireMessages.goodbye;
import static org.turnout.proxy.postgres.WireMessages.packet;
import static org.turnout.proxy.postgres.WireMessages.query;
import static org.turnout.proxy.postgres.WireMessages.startup;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;

/** How connections are begun, by clients and by what is none. */
final class StartCases {
  private static final int VERSION_2 = 2 << 16;
  private static final int VERSION_3_1 = (3 << 16) + 1;
  private static final int VERSION_3_2 = (3 << 16) + 2;
  private static final int VERSION_3_9999 = (3 << 16) + 9999;

  private StartCases() {}

  /** On a connection that is as the server wants it, encrypted or not. */
  static Stream<WireCase> all() {
    return Stream.concat(accepted(), refused());
  }

  /** Of a server without TLS. */
  static Stream<WireCase> plain() {
    return Stream.of(
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
            }),
        new WireCase(
            "all at once, and the end",
            client -> {
              client.start(3 << 16);
              client.say(query("SELECT 'answered'"), query("SELECT pg_sleep(0.1)"));
              client.sayNoMore();
              client.untilEnd();
            }));
  }

  /** Of a server without TLS of 14 or newer, which says what is wrong in the words of version 3. */
  static Stream<WireCase> plainWrong() {
    return Stream.of(
        new WireCase(
            "plain text behind a request for TLS",
            client -> {
              client.say(code(TLS), startup("user", "postgres"));
              client.hearByte();
              client.untilEnd();
            }));
  }

  /** Of a server without TLS of 18, which names the versions that it knows as Turnout does. */
  static Stream<WireCase> plainNewer() {
    return Stream.of(
        new WireCase(
            "TLS asked for twice",
            client -> {
              client.say(code(TLS));
              client.hearByte();
              client.say(code(TLS));
              client.untilEnd();
            }));
  }

  /** Of a server that wants TLS, on a connection that is not encrypted yet. */
  static Stream<WireCase> encrypting() {
    return Stream.of(
        new WireCase("TLS", client -> client.encrypt().begin()),
        new WireCase(
            "GSSAPI encryption refused and then TLS",
            client -> {
              client.say(code(GSS));
              client.hearByte();
              client.encrypt().begin();
            }),
        ended("a cancel request in plain text", cancel(1, new byte[4])),
        new WireCase(
            "an encrypted cancel request of nobody",
            client -> {
              client.encrypt().say(cancel(1, new byte[4]));
              client.untilEnd();
            }));
  }

  /** Of a server that wants TLS, and whose client goes on in plain text. */
  static Stream<WireCase> unencrypted() {
    return Stream.of(
        wrong("plain text"),
        wrong("plain text for replication", "replication", "database"),
        new WireCase(
            "plain text after GSSAPI encryption was refused",
            client -> {
              client.say(code(GSS));
              client.hearByte();
              client.start(3 << 16);
              client.untilEnd();
            }));
  }

  /** Of a server of 17 or newer. */
  static Stream<WireCase> encryptingAtOnce() {
    return Stream.of(
        new WireCase(
            "TLS from the first byte", client -> client.encryptAtOnce("postgresql").begin()),
        new WireCase(
            "TLS from the first byte, and more encryption asked for",
            client -> {
              client.encryptAtOnce("postgresql").say(code(TLS));
              client.hearByte();
              client.say(code(GSS));
              client.hearByte();
              client.begin();
            }),
        new WireCase(
            "TLS from the first byte, and TLS asked for twice",
            client -> {
              client.encryptAtOnce("postgresql").say(code(TLS));
              client.hearByte();
              client.say(code(TLS));
              client.untilEnd();
            }));
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
        served("an unknown protocol option", "_pq_.colour", "red"));
  }

  /** Cases of newer protocols, which only a server of 18 knows as Turnout does. */
  static Stream<WireCase> newer() {
    return Stream.of(
        version("protocol 3.1", VERSION_3_1),
        version("protocol 3.2", VERSION_3_2),
        version("a protocol of the future", VERSION_3_9999),
        ended("no protocol", startup(0, "user", "postgres")),
        new WireCase(
            "a protocol of the past",
            client -> {
              client.say(startup(VERSION_2, "user", "postgres"));
              client.hearBytes();
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
        ended("the largest packet, without a terminator", packet(filled(10_000))),
        ended("a packet that is too large", packet(filled(10_001))),
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
            }));
  }

  private static byte[] filled(int length) {
    byte[] body = new byte[length];
    Arrays.fill(body, (byte) 'u');
    System.arraycopy(new byte[] {0, 3, 0, 0}, 0, body, 0, 4);
    return body;
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
