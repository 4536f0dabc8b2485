package org.turnout.proxy.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.turnout.config.SideTls;
import org.turnout.config.TlsConfig;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.PostgresServer;
import org.turnout.embedded.SharedPostgres;
import org.turnout.embedded.TemporaryDirectories;

/**
 * What clients are tried on: the majors of the two sides, and whether everything is encrypted, from
 * the clients to Turnout and from there to the sides, and refused in plain text.
 */
record Ground(int blue, int green, boolean encrypted) {
  private static final Map<Integer, PostgresServer> ENCRYPTED = new ConcurrentHashMap<>();

  /** Made once for the process, whose servers go on using its files. */
  private static final TestCertificates CERTIFICATES = certificates();

  /** Whether the majors and the amounts of the full run are asked for. */
  static boolean isFull() {
    return "all".equals(System.getProperty("postgres.majors"));
  }

  static Stream<Ground> all() {
    Stream<Ground> usual = Stream.of(new Ground(14, 18, false), new Ground(14, 18, true));
    return isFull()
        ? Stream.concat(usual, Stream.of(new Ground(12, 16, false), new Ground(12, 16, true)))
        : usual;
  }

  /** A route of this ground, whose sides and itself trust every client. */
  Proxied open() {
    try {
      return encrypted
          ? Proxied.between(
              encryptedServer(blue),
              encryptedServer(green),
              Proxied.TRUST,
              CERTIFICATES.route(TlsConfig.Mode.REQUIRE),
              SideTls.DEFAULT)
          : Proxied.between(
              SharedPostgres.server(blue),
              SharedPostgres.server(green),
              Proxied.TRUST,
              SideTls.DEFAULT);
    } catch (Exception e) {
      throw new IllegalStateException("no route over " + this, e);
    }
  }

  /** A client that has not begun, nor encrypted anything. */
  WireClient plainly(InetSocketAddress where, Proxied route) throws IOException {
    return new WireClient(where, route.blue.name(), encrypted);
  }

  /** A client that has not begun, on a connection as this ground wants it. */
  WireClient client(InetSocketAddress where, Proxied route) throws IOException {
    WireClient client = plainly(where, route);
    return encrypted ? client.encrypt() : client;
  }

  /** Where the server of a side itself listens. */
  static InetSocketAddress server(PostgresDatabase database) {
    return new InetSocketAddress(database.server().host(), database.server().port());
  }

  private static PostgresServer encryptedServer(int major) {
    return ENCRYPTED.computeIfAbsent(
        major,
        key -> {
          TlsConfig.Identity own = identity("server-" + key);
          return PostgresServer.builder(key)
              .setting("max_connections", "200")
              .setting("ssl", "on")
              .setting("ssl_cert_file", own.certificate().toString())
              .setting("ssl_key_file", own.key().toString())
              .accessRules(
                  "hostssl all all 127.0.0.1/32 trust",
                  "hostssl replication all 127.0.0.1/32 trust")
              .start();
        });
  }

  private static TlsConfig.Identity identity(String name) {
    try {
      return CERTIFICATES.write(name, TestCertificates.localhost());
    } catch (Exception e) {
      throw new IllegalStateException("no certificate for " + name, e);
    }
  }

  private static TestCertificates certificates() {
    try {
      return new TestCertificates(TemporaryDirectories.create("certificates"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Exception e) {
      throw new IllegalStateException("no certificates", e);
    }
  }

  @Override
  public String toString() {
    return blue + " to " + green + (encrypted ? ", encrypted" : "");
  }
}
