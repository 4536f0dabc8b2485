package org.turnout.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.config.AuthenticationConfig.Method;

/** What is read, property by property. */
class ConfigLoaderTest {
  @TempDir Path directory;
  private final FakeSecrets secrets = new FakeSecrets();

  @Test
  void theCommentedExampleHoldsTheDefaults() throws Exception {
    secrets.variable("BLUE_PASSWORD", "b").file(Path.of("/run/secrets/green"), "g\n");

    TurnoutConfig config = new ConfigLoader(secrets).read(Path.of("../examples/turnout.yaml"));

    assertThat(config.admin().listen()).isEqualTo(new HostPort("127.0.0.1", 7070));
    assertThat(config.admin().token()).isEmpty();
    assertThat(config.state())
        .isEqualTo(Path.of("../examples/turnout-state").toAbsolutePath().normalize());
    assertThat(config.routes()).hasSize(1);
    RouteConfig shop = config.routes().getFirst();
    assertThat(shop.name()).isEqualTo(new RouteName("shop"));
    assertThat(shop.protocol()).isEqualTo(Protocol.POSTGRES);
    assertThat(shop.authentication().method()).isEqualTo(Method.SCRAM);
    assertThat(shop.sync())
        .isEqualTo(new SyncConfig(2, SyncConfig.Schema.AUTO, 16L << 30, 8L << 20));
    assertThat(shop.reads().maxWait()).isEqualTo(Duration.ofMillis(20));
    assertThat(shop.cutover().maxPause()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void theValuesBehindTheCommentSignsOfTheExampleAreTheDefaults() throws Exception {
    secrets.variable("BLUE_PASSWORD", "b").file(Path.of("/run/secrets/green"), "g\n");
    Path example = Path.of("../examples/turnout.yaml");
    String uncommented =
        Files.readString(example).replaceAll("(?m)^( *)#([a-z]+[A-Za-z]*:)", "$1$2");

    TurnoutConfig written = read(uncommented);
    TurnoutConfig standard = new ConfigLoader(secrets).read(example);

    assertThat(written.admin()).isEqualTo(standard.admin());
    assertThat(written.state().getFileName()).isEqualTo(standard.state().getFileName());
    RouteConfig one = written.routes().getFirst();
    RouteConfig other = standard.routes().getFirst();
    assertThat(one.protocol()).isEqualTo(other.protocol());
    assertThat(one.authentication()).isEqualTo(other.authentication());
    assertThat(one.tls()).isEqualTo(other.tls());
    assertThat(one.sync()).isEqualTo(other.sync());
    assertThat(one.reads()).isEqualTo(other.reads());
    assertThat(one.cutover()).isEqualTo(other.cutover());
    assertThat(uncommented).contains("\n    sync:", "\n      maxPause: 2s");
  }

  @Test
  void readsEveryPropertyOfTheTop() throws Exception {
    secrets.variable("TOKEN", "t0ken");

    TurnoutConfig config =
        read(
            """
            admin: { listen: "0.0.0.0:8080", token: "${env:TOKEN}" }
            state: /var/lib/turnout
            """
                + ROUTE);

    assertThat(config.admin().listen()).isEqualTo(new HostPort("0.0.0.0", 8080));
    assertThat(config.admin().token().orElseThrow().reveal()).isEqualTo("t0ken");
    assertThat(config.state()).isEqualTo(Path.of("/var/lib/turnout"));
  }

  @Test
  void stateIsBesideTheFile() throws Exception {
    assertThat(read("state: deep/state\n" + ROUTE).state())
        .isEqualTo(directory.resolve("deep/state"));
  }

  @Test
  void readsEveryPropertyOfARoute() throws Exception {
    secrets.variable("APP", "a");

    RouteConfig route =
        read(ROUTE
                + """
                    authentication: { method: users, users: { app: "${env:APP}", web: plain } }
                    sync: { workers: 7, schema: prepared, maxRetained: 3GiB, maxBatch: 64KiB }
                    limits: { maxSessions: 500, idleTimeout: 8h, stopTimeout: 30s }
                    reads: { maxWait: 5ms }
                    cutover: { maxPause: 750ms }
                """)
            .routes()
            .getFirst();

    assertThat(route.authentication().method()).isEqualTo(Method.USERS);
    assertThat(route.authentication().users().get("app").reveal()).isEqualTo("a");
    assertThat(route.authentication().users().get("web").reveal()).isEqualTo("plain");
    assertThat(route.sync())
        .isEqualTo(new SyncConfig(7, SyncConfig.Schema.PREPARED, 3L << 30, 64L << 10));
    assertThat(route.reads()).isEqualTo(new ReadsConfig(Duration.ofMillis(5)));
    assertThat(route.cutover().maxPause()).isEqualTo(Duration.ofMillis(750));
    assertThat(route.limits())
        .isEqualTo(
            new LimitsConfig(
                OptionalInt.of(500),
                OptionalInt.empty(),
                LimitsConfig.DEFAULT.authenticationTimeout(),
                Duration.ofHours(8),
                Duration.ZERO,
                Duration.ofSeconds(30)));
  }

  @Test
  void readsEveryPropertyOfTls() throws Exception {
    secrets.variable("KEY", "k");

    RouteConfig route =
        read(ROUTE
                + """
                    authentication: { method: certificate, names: { "web 1": app } }
                    tls:
                      mode: allow
                      certificate: tls/server.crt
                      key: /etc/turnout/server.key
                      keyPassword: "${env:KEY}"
                      clientCa: clients.crt
                      clientCertificates: require
                      minimumVersion: TLSv1.3
                """)
            .routes()
            .getFirst();

    TlsConfig tls = route.tls();
    assertThat(tls.mode()).isEqualTo(TlsConfig.Mode.ALLOW);
    assertThat(tls.identity().orElseThrow().certificate())
        .isEqualTo(directory.resolve("tls/server.crt"));
    assertThat(tls.identity().orElseThrow().key()).isEqualTo(Path.of("/etc/turnout/server.key"));
    assertThat(tls.identity().orElseThrow().keyPassword().orElseThrow().reveal()).isEqualTo("k");
    assertThat(tls.clientCa()).contains(directory.resolve("clients.crt"));
    assertThat(tls.clientCertificates()).isEqualTo(TlsConfig.ClientCertificates.REQUIRE);
    assertThat(tls.minimumVersion()).isEqualTo(TlsConfig.Version.TLS_1_3);
    assertThat(route.authentication().method()).isEqualTo(Method.CERTIFICATE);
    assertThat(route.authentication().names()).containsExactly(Map.entry("web 1", "app"));
  }

  @Test
  void clientCertificatesAreAskedForOnceTheyCanBeChecked() throws Exception {
    String identity = "mode: require, certificate: c, key: k";

    assertThat(tls("{" + identity + "}").clientCertificates())
        .isEqualTo(TlsConfig.ClientCertificates.NONE);
    assertThat(tls("{" + identity + ", clientCa: ca}").clientCertificates())
        .isEqualTo(TlsConfig.ClientCertificates.REQUEST);
    assertThat(tls("disable")).isEqualTo(TlsConfig.NONE);
  }

  private TlsConfig tls(String yaml) throws Exception {
    return read(ROUTE + "    tls: " + yaml + "\n").routes().getFirst().tls();
  }

  @Test
  void readsTheTlsOptionsOfASide() throws Exception {
    SideTls tls =
        read(ROUTE.replace(
                "old:5432/shop",
                "old:5432/shop?sslmode=verify-full&sslrootcert=ca%201.crt&sslcert=/c.crt"
                    + "&sslkey=c.key&sslnegotiation=direct"))
            .routes()
            .getFirst()
            .blue()
            .tls();

    assertThat(tls.mode()).isEqualTo(SideTls.Mode.VERIFY_FULL);
    assertThat(tls.roots()).isEqualTo(new SideTls.Roots.File(directory.resolve("ca 1.crt")));
    assertThat(tls.identity().orElseThrow().certificate()).isEqualTo(Path.of("/c.crt"));
    assertThat(tls.identity().orElseThrow().key()).isEqualTo(directory.resolve("c.key"));
    assertThat(tls.direct()).isTrue();
  }

  @Test
  void theAuthoritiesOfTheSystemAreForCertificatesThatNameTheHost() throws Exception {
    SideTls tls =
        read(ROUTE.replace("old:5432/shop", "old:5432/shop?sslrootcert=system"))
            .routes()
            .getFirst()
            .blue()
            .tls();

    assertThat(tls.mode()).isEqualTo(SideTls.Mode.VERIFY_FULL);
    assertThat(tls.roots()).isEqualTo(new SideTls.Roots.System());
  }

  @Test
  void readsTrust() throws Exception {
    RouteConfig route = read(ROUTE + "    authentication: trust\n").routes().getFirst();

    assertThat(route.authentication()).isEqualTo(new AuthenticationConfig(Method.TRUST, Map.of()));
  }

  @Test
  void readsSeveralRoutesInTheirOrder() throws Exception {
    TurnoutConfig config =
        read(ROUTE + ROUTE.replace("routes:\n", "").replace("shop", "a").replace("6432", "6433"));

    assertThat(config.routes().stream().map(RouteConfig::name))
        .isEqualTo(List.of(new RouteName("shop"), new RouteName("a")));
  }

  @Test
  void listensOnOneAddressOrOnSeveralEachInItsOwnWay() throws Exception {
    assertThat(listeners("0.0.0.0:6432"))
        .containsExactly(new ListenerConfig(new HostPort("0.0.0.0", 6432)));
    assertThat(listeners("unix:/run/turnout/.s.PGSQL.6432"))
        .containsExactly(new ListenerConfig(new SocketFile(Path.of("/run/turnout"), 6432)));
    assertThat(
            listeners(
                "[127.0.0.1:6432, {address: \"10.0.0.1:6433\", proxyProtocol: true},"
                    + " {address: \"unix:/run/.s.PGSQL.6432\", permissions: \"0750\"}]"))
        .containsExactly(
            new ListenerConfig(new HostPort("127.0.0.1", 6432)),
            new ListenerConfig(new HostPort("10.0.0.1", 6433), true, ListenerConfig.EVERYBODY),
            new ListenerConfig(
                new SocketFile(Path.of("/run"), 6432),
                false,
                PosixFilePermissions.fromString("rwxr-x---")));
  }

  private List<ListenerConfig> listeners(String listen) throws Exception {
    return read(ROUTE.replace("0.0.0.0:6432", listen)).routes().getFirst().listeners();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "turnout@/shop?host=/var/run/my%20postgresql&port=6000",
        "turnout@/shop?port=6000&sslmode=require&host=%2Fvar%2Frun%2Fmy%20postgresql",
        "turnout@:6000/shop?host=/var/run/my%20postgresql",
        "turnout@%2fvar%2Frun%2Fmy%20postgresql:6000/shop",
        "turnout@%2Fvar%2Frun%2Fmy%20postgresql/shop?port=6000",
      })
  void readsTheWayToAServersSocketAsLibpqDoes(String url) throws Exception {
    SideConfig side = read(ROUTE.replace("turnout@old:5432/shop", url)).routes().getFirst().blue();

    SocketFile expected = new SocketFile(Path.of("/var/run/my postgresql"), 6000);
    assertThat(side.address()).isEqualTo(expected);
    assertThat(expected.path()).hasToString("/var/run/my postgresql/.s.PGSQL.6000");
    assertThat(side.address().inUrl()).isEqualTo("%2Fvar%2Frun%2Fmy%20postgresql:6000");
    assertThat(side.tls().mode()).isEqualTo(SideTls.Mode.DISABLE);
    assertThat(side.database()).isEqualTo("shop");
  }

  @Test
  void readsAHostAmongTheOptions() throws Exception {
    SideConfig side =
        read(ROUTE.replace("turnout@old:5432/shop", "turnout@/shop?host=::1"))
            .routes()
            .getFirst()
            .blue();

    assertThat(side.address()).isEqualTo(new HostPort("::1", 5432));
  }

  @Test
  void decodesUrls() throws Exception {
    SideConfig side =
        read(ROUTE
                .replace("turnout@old:5432", "us%40er+1@[2001:db8::1]:6000")
                .replace("/shop", "/my%20shop"))
            .routes()
            .getFirst()
            .blue();

    assertThat(side.user()).isEqualTo("us@er+1");
    assertThat(side.address()).isEqualTo(new HostPort("2001:db8::1", 6000));
    assertThat(side.database()).isEqualTo("my shop");
    assertThat(side.password()).isEmpty();
  }

  @Test
  void takesTheProtocolAndItsPortFromTheUrl() throws Exception {
    RouteConfig route =
        read(ROUTE.replace("postgresql://", "mysql://").replace(":5432", "")).routes().getFirst();

    assertThat(route.protocol()).isEqualTo(Protocol.MYSQL);
    assertThat(route.green().address().port()).isEqualTo(3306);
  }

  @Test
  void readsASecretFromAFileBesideTheConfigurationWithoutItsLineEnd() throws Exception {
    secrets.file(directory.resolve("green.txt"), "two words \n");

    SideConfig green =
        read(ROUTE.replace("new:5432/shop\"", "new:5432/shop\", password: \"${file:green.txt}\""))
            .routes()
            .getFirst()
            .green();

    assertThat(green.password().orElseThrow().reveal()).isEqualTo("two words ");
  }

  @Test
  void readsTheAdminAddressWithoutTheSecretsOfTheRoutes() throws Exception {
    Path file =
        write("admin: 127.0.0.1:7171\n" + ROUTE + "    authentication: {method: nonsense}\n");

    assertThat(ConfigLoader.loadAdmin(file).listen().port()).isEqualTo(7171);
  }

  @Test
  void neverShowsASecret() throws Exception {
    assertThat(
            read(ROUTE.replace("new:5432/shop\"", "new:5432/shop\", password: hidden1")).toString())
        .doesNotContain("hidden1")
        .contains("***");
  }

  static final String ROUTE =
      """
      routes:
        shop:
          listen: 0.0.0.0:6432
          blue: { url: "postgresql://turnout@old:5432/shop" }
          green: { url: "postgresql://turnout@new:5432/shop" }
      """;

  private TurnoutConfig read(String yaml) throws IOException, ConfigException {
    return new ConfigLoader(secrets).read(write(yaml));
  }

  private Path write(String yaml) throws IOException {
    return Files.writeString(directory.resolve("turnout.yaml"), yaml);
  }
}
