package org.turnout.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is refused, where, and with which advice. */
class ConfigRefusalTest {
  private static final String ROUTE = ConfigLoaderTest.ROUTE;

  @TempDir Path directory;
  private final FakeSecrets secrets = new FakeSecrets();

  @Test
  void namesPlaceKeyAndNearestSpellingOfEveryUnknownKeyAtOnce() throws Exception {
    assertThat(
            problems(
                """
                admim: 127.0.0.1:7070
                routes:
                  shop:
                    lisen: 0.0.0.0:6432
                    blue: { ulr: "postgresql://turnout@old:5432/shop" }
                    green: { url: "postgresql://turnout@new:5432/shop", pasword: x }
                    cutover:
                      max-pause: 2s
                """))
        .containsExactly(
            "turnout.yaml:1:1: admim: unknown key; did you mean 'admin'?",
            "turnout.yaml:4:5: routes.shop.lisen: unknown key; did you mean 'listen'?",
            "turnout.yaml:5:13: routes.shop.blue.ulr: unknown key; did you mean 'url'?",
            "turnout.yaml:6:57: routes.shop.green.pasword: unknown key; did you mean 'password'?",
            "turnout.yaml:8:7: routes.shop.cutover.max-pause: unknown key; did you mean"
                + " 'maxPause'?");
  }

  @Test
  void listsTheValidKeysWhereNoneIsNear() throws Exception {
    assertThat(problems(ROUTE + "zebra: 1\n"))
        .containsExactly("turnout.yaml:6:1: zebra: unknown key; valid here: admin, state, routes");
  }

  @Test
  void namesEveryMissingKeyWithAnExample() throws Exception {
    assertThat(problems("routes: { shop: { blue: {} } }\n"))
        .containsExactly(
            "turnout.yaml:1:17: routes.shop.listen: is missing; add it, for example"
                + " `listen: 127.0.0.1:6432`",
            "turnout.yaml:1:17: routes.shop.green: is missing; add it, for example `green: { url:"
                + " 'postgresql://user@host:5432/database', password: '${env:NAME}' }`",
            "turnout.yaml:1:25: routes.shop.blue.url: is missing; add it, for example `url:"
                + " 'postgresql://user@host:5432/database'`");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "unix:/run/turnout.sock | listen: 'unix:/run/turnout.sock' is not the address of a Unix"
            + " socket; clients find it by directory and port: write for example"
            + " unix:/run/turnout/.s.PGSQL.6432",
        "/run/.s.PGSQL.6432 | listen: '/run/.s.PGSQL.6432' is not the address of a Unix socket;"
            + " clients find it by directory and port: write for example"
            + " unix:/run/turnout/.s.PGSQL.6432",
        "unix:run/.s.PGSQL.6432 | listen: the directory of a socket is not absolute: run; write for"
            + " example unix:/run/turnout/.s.PGSQL.6432",
        "unix:/run/.s.PGSQL.65536 | listen: port 65536 is not between 1 and 65535; write for"
            + " example unix:/run/turnout/.s.PGSQL.6432",
        "[] | listen: names no address; write for example 127.0.0.1:6432",
        "[127.0.0.1:6432, 7] | listen[1]: is a number where host:port is needed; write for example"
            + " 127.0.0.1:6432",
        "[127.0.0.1:6432, 127.0.0.1:6432] | listen: 127.0.0.1:6432 is taken by routes.shop; give"
            + " each listener a port of its own",
        "{proxyProtocol: true} | listen.address: is missing; add it, for example `address:"
            + " 127.0.0.1:6432`",
        "{address: '127.0.0.1:6432', proxyProtocl: true} | listen.proxyProtocl: unknown key; did"
            + " you mean 'proxyProtocol'?",
        "{address: '127.0.0.1:6432', proxyProtocol: v2} | listen.proxyProtocol: is text where true"
            + " or false is needed",
        "{address: '127.0.0.1:6432', permissions: '0770'} | listen.permissions: are for the file of"
            + " a Unix socket only; drop it, or listen on unix:/run/turnout/.s.PGSQL.6432",
        "{address: 'unix:/run/.s.PGSQL.1', permissions: '0789'} | listen.permissions: '0789' are no"
            + " permissions of a file; write four octal digits, for example '0770'",
        "unix:/var/run/postgresql/.s.PGSQL.5432 | blue.url: leads to the address on which the route"
            + " listens; name the database server itself, or move the listener",
      })
  void refusesAListenerThatIsMoreThanAPort(String listen, String problem) throws Exception {
    String route =
        ROUTE
            .replace("0.0.0.0:6432", listen)
            .replace("old:5432/shop", "%2Fvar%2Frun%2Fpostgresql/shop");

    assertThat(problems(route)).hasSize(1).first().asString().endsWith(": routes.shop." + problem);
  }

  @Test
  void refusesASocketWhosePathIsLongerThanAnAddressOfOne() throws Exception {
    String directory = "/run/" + "x".repeat(90);

    assertThat(problems(ROUTE.replace("0.0.0.0:6432", "unix:" + directory + "/.s.PGSQL.6432")))
        .hasSize(1)
        .first()
        .asString()
        .contains("listen: the path of a socket has at most 103 bytes: " + directory);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "sync: 7 | sync: is a number where a map of keys is needed",
        "sync: | sync: is empty where a map of keys is needed",
        "sync: {workers: many} | sync.workers: is text where a whole number is needed",
        "sync: {workers: 0} | sync.workers: 0 is not between 1 and 64",
        "sync: {workers: 99999999999} | sync.workers: 99999999999 is not between 1 and 64",
        "sync: {schema: [a]} | sync.schema: is a list where text is needed",
        "sync: {schema: dmp} | sync.schema: 'dmp' is not known; did you mean 'dump'?",
        "sync: {maxRetained: 16} | sync.maxRetained: has no unit; write for example '16GiB'",
        "sync: {maxRetained: 16GB} | sync.maxRetained: '16GB' is not a size; did you mean '16GiB'?",
        "sync: {maxRetained: 1B} | sync.maxRetained: 1B is not between 16MiB and 64TiB",
        "sync: {maxRetained: 900000000000000TiB} | sync.maxRetained: 900000000000000TiB is not"
            + " between 16MiB and 64TiB",
        "cutover: {maxPause: 2} | cutover.maxPause: has no unit; write for example '2s'",
        "cutover: {maxPause: soon} | cutover.maxPause: 'soon' is not a duration; write a number"
            + " with ms, s, m or h, for example '2s'",
        "limits: {maxSessions: 0} | limits.maxSessions: 0 is not between 1 and 1000000",
        "limits: {idleTimeout: 1ms} | limits.idleTimeout: 1ms is not between 1s and 10080m",
        "reads: {maxWait: 2s} | reads.maxWait: 2s is not between 0ms and 1s",
        "cutover: {maxPause: 1ms} | cutover.maxPause: 1ms is not between 50ms and 10m",
        "authentication: scrm | authentication: 'scrm' is not known; did you mean 'scram'?",
        "authentication: users | authentication: names no users; write `{method: users, users:"
            + " {name: '${env:NAME}'}}`",
        "authentication: {method: users} | authentication: names no users; add `users: {name:"
            + " '${env:NAME}'}`",
        "authentication: password | authentication: would have passwords sent in clear text; give"
            + " the route a certificate, `tls: {mode: require, certificate: …, key: …}`",
        "authentication: certificate | authentication: needs certificates of clients; add to the"
            + " route `tls: {mode: require, certificate: …, key: …, clientCa: …}`",
        "authentication: {method: scram, names: {a: b}} | authentication.names: is for the method"
            + " certificate only; write `method: certificate`, or drop it",
        "tls: require | tls: names no certificate; write `{mode: require, certificate: server.crt,"
            + " key: server.key}`",
        "tls: {mode: allow, key: k} | tls: names no certificate and key; write `{mode: require,"
            + " certificate: server.crt, key: server.key}`",
        "tls: {mode: always, certificate: c, key: k} | tls.mode: 'always' is not known; valid"
            + " here: disable, allow, require",
        "tls: {mode: allow, certificate: c, key: k, minimumVersion: TLSv1} | tls.minimumVersion:"
            + " 'TLSv1' is not known; valid here: TLSv1.2, TLSv1.3",
        "tls: {mode: allow, certificate: c, key: k, clientCertificates: require} |"
            + " tls.clientCertificates: there is nothing to check them by; add `clientCa:"
            + " clients-ca.crt`",
        "authentication: {method: trust, users: {a: b}} | authentication.users: is for the method"
            + " users only; write `method: users`, or drop it",
        "protocol: postgress | protocol: 'postgress' is not known; did you mean 'postgres'?",
        "protocol: true | protocol: is a truth value where text is needed; put it in quotes if it"
            + " is meant so",
      })
  void refusesAValueOfARoute(String line, String problem) throws Exception {
    assertThat(problems(ROUTE + "    " + line + "\n"))
        .hasSize(1)
        .first()
        .asString()
        .startsWith("turnout.yaml:6:")
        .endsWith(": routes.shop." + problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "6432 | is a number where host:port is needed; write for example 127.0.0.1:6432",
        "*:6432 | has no host; for every address of this machine write 0.0.0.0:6432",
        "localhost | 'localhost' is not host:port; write for example 127.0.0.1:6432 (an IPv6"
            + " address in brackets)",
        "h:70000 | port 70000 is not between 0 and 65535",
      })
  void refusesAListener(String listen, String problem) throws Exception {
    String quoted = listen.equals("6432") ? listen : '"' + listen + '"';

    assertThat(problems(ROUTE.replace("0.0.0.0:6432", quoted)))
        .containsExactly("turnout.yaml:3:13: routes.shop.listen: " + problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "postgresql://old:5432/shop | names no user",
        "postgresql://u@old:5432 | names no database",
        "postgresql://u@old:5432/ | names no database",
        "postgresql://u@/shop | names no valid host",
        "postgresql://u@old:5432/shop?host=/run | names a host twice; name it before the database",
        "postgresql://u@old:5432/shop?port=5433 | names a port twice; name it behind the host",
        "postgresql://u@:6432/shop?host=/run&port=6432 | names a port twice",
        "postgresql://u@old/shop?port=abc | has a port that is no number; write for example",
        "postgresql://u@/shop?host=/run&port=70000 | port 70000 is not between 1 and 65535; write",
        "postgresql://u@%2Frun/shop?sslmod=require | has the option 'sslmod', which is not known",
        "postgresql://u@old:99999/shop | port 99999 is not between",
        "postgresql://u%4@old/shop | has a broken percent escape in the user",
        "postgresql://u@old/shop#1 | has a # in it; percent-encode",
        "postgresql://u@old/shop?sslmode | has an option that is not name=value",
        "postgresql://u@old/shop?sslmode=require&sslmode=allow | has the option sslmode twice",
        "postgresql://u@old/shop?sslmod=require | has the option 'sslmod', which is not known; did"
            + " you mean 'sslmode'?",
        "postgresql://u@old/shop?sslmode=verify | has an unknown sslmode 'verify'",
        "postgresql://u@old/shop?sslmode=verify-full | has sslmode=verify-full and no sslrootcert;"
            + " add sslrootcert=FILE",
        "postgresql://u@old/shop?sslmode=require&sslrootcert=system | has sslrootcert=system and"
            + " sslmode=require; anyone can have",
        "postgresql://u@old/shop?sslcert=a.crt | has only one of sslcert and sslkey",
        "postgresql://u@old/shop?sslnegotiation=direct | has sslnegotiation=direct and"
            + " sslmode=prefer; direct TLS has no way back",
        "old:5432/shop | is not a URL",
        "postgrsql://u@old/shop | has the scheme 'postgrsql', which is not known; did you mean"
            + " 'postgresql'?",
      })
  void refusesAUrl(String url, String problem) throws Exception {
    assertThat(problems(ROUTE.replace("postgresql://turnout@old:5432/shop", url)))
        .hasSize(1)
        .first()
        .asString()
        .startsWith("turnout.yaml:4:18: routes.shop.blue.url: " + problem);
  }

  @Test
  void refusesAPasswordInsideAUrlWithoutShowingIt() throws Exception {
    assertThat(problems(ROUTE.replace("turnout@old", "turnout:s3cr3t@old")))
        .hasSize(1)
        .first()
        .asString()
        .contains("routes.shop.blue.url: holds a password; take it out")
        .doesNotContain("s3cr3t");
  }

  @Test
  void namesSecretsThatCannotBeHad() throws Exception {
    assertThat(
            problems(
                """
                admin: { token: "${vault:x}" }
                routes:
                  shop:
                    listen: 127.0.0.1:6432
                    blue: { url: "postgresql://t@old:5432/shop", password: "${env:BLUE_PASSWORD}" }
                    green: { url: "postgresql://t@new:5432/shop", password: "${file:/no/such}" }
                    authentication: { method: users, users: { app: "pre${env:X}" } }
                """))
        .containsExactly(
            "turnout.yaml:1:17: admin.token: the reference 'vault' is not known; valid here: env,"
                + " file",
            "turnout.yaml:5:60: routes.shop.blue.password: the environment variable BLUE_PASSWORD"
                + " is not set; set it for Turnout's process",
            "turnout.yaml:6:61: routes.shop.green.password: the file /no/such does not exist; make"
                + " it, readable for Turnout's user only",
            "turnout.yaml:7:52: routes.shop.authentication.users.app: mixes a reference with other"
                + " text; let the reference be the whole value, in quotes");
  }

  @Test
  void refusesReferencesOutsideOfSecrets() throws Exception {
    assertThat(problems(ROUTE.replace("0.0.0.0:6432", "\"${env:LISTEN}\"")))
        .containsExactly(
            "turnout.yaml:3:13: routes.shop.listen: holds a reference; ${env:…} and ${file:…} are"
                + " for passwords and tokens; write other values out");
  }

  @Test
  void refusesAnAdminApiThatOthersCanReachWithoutToken() throws Exception {
    assertThat(problems("admin: 0.0.0.0:7070\n" + ROUTE))
        .hasSize(1)
        .first()
        .asString()
        .startsWith(
            "turnout.yaml:1:8: admin: 0.0.0.0:7070 can be reached from other machines, and no token"
                + " is asked for; write");
  }

  @Test
  void refusesImpossibleCombinations() throws Exception {
    assertThat(
            problems(
                """
                admin: localhost:6432
                routes:
                  shop:
                    listen: 127.0.0.1:6432
                    blue: { url: "postgresql://t@localhost:6432/shop" }
                    green: { url: "postgresql://u@localhost:6432/shop" }
                  other:
                    listen: 0.0.0.0:6432
                    blue: { url: "postgresql://t@old/shop" }
                    green: { url: "postgresql://t@new/shop" }
                """))
        .containsExactly(
            "turnout.yaml:4:13: routes.shop.listen: 127.0.0.1:6432 is taken by admin; give each"
                + " listener a port of its own",
            "turnout.yaml:5:18: routes.shop.blue.url: leads to the address on which the route"
                + " listens; name the database server itself, or move the listener",
            "turnout.yaml:6:19: routes.shop.green.url: is the same database as blue; blue is the"
                + " database of today, green the new one",
            "turnout.yaml:6:19: routes.shop.green.url: leads to the address on which the route"
                + " listens; name the database server itself, or move the listener",
            "turnout.yaml:8:13: routes.other.listen: 0.0.0.0:6432 is taken by admin; give each"
                + " listener a port of its own",
            "turnout.yaml:8:13: routes.other.listen: 0.0.0.0:6432 is taken by routes.shop; give"
                + " each listener a port of its own");
  }

  @Test
  void refusesSidesOfDifferentDatabases() throws Exception {
    assertThat(problems(ROUTE.replace("new:5432/shop", "new:5432/store")))
        .containsExactly(
            "turnout.yaml:5:19: routes.shop.green.url: names another database than blue; clients"
                + " name the database when they connect, so it has the same name on both sides");
  }

  @Test
  void refusesSidesOfDifferentProtocols() throws Exception {
    assertThat(problems(ROUTE.replace("postgresql://turnout@new", "mysql://turnout@new")))
        .containsExactly(
            "turnout.yaml:5:19: routes.shop.green.url: is of another protocol than the route; a"
                + " route speaks one protocol to its clients and to both sides");
  }

  @Test
  void refusesRouteNamesThatCannotNameASlot() throws Exception {
    assertThat(problems(ROUTE.replace("shop:\n", "Shop-1:\n")))
        .hasSize(1)
        .first()
        .asString()
        .startsWith("turnout.yaml:2:3: routes.Shop-1: route name 'Shop-1' is not 1 to 40");
  }

  @Test
  void refusesAKeyThatStandsTwice() throws Exception {
    assertThat(problems(ROUTE + "    listen: 127.0.0.1:1\n"))
        .containsExactly("turnout.yaml:6:5: routes.shop.listen: stands here for the second time");
  }

  @Test
  void refusesWhatIsNotYamlWithItsPlace() throws Exception {
    assertThat(problems("routes:\n  shop: [\n"))
        .hasSize(1)
        .first()
        .asString()
        .startsWith("turnout.yaml:3:1: is not YAML: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "~~ | turnout.yaml: is empty; begin with `routes:`",
        "just words | turnout.yaml:1:1: is not a map of keys; begin with `routes:`",
        "routes: {} | turnout.yaml:1:9: routes: holds no route; add one, for example `shop:"
            + " {listen: …}`",
      })
  void refusesAFileWithoutRoutes(String yaml, String problem) throws Exception {
    assertThat(problems(yaml)).containsExactly(problem);
  }

  @Test
  void saysThatThereIsNoFile() {
    ConfigException refusal =
        catchThrowableOfType(
            ConfigException.class, () -> ConfigLoader.load(directory.resolve("none.yaml")));

    assertThat(refusal)
        .hasMessageEndingWith(
            "none.yaml: there is no such file; make it, or name another with --config FILE");
  }

  private List<String> problems(String yaml) throws IOException {
    Path file = Files.writeString(directory.resolve("turnout.yaml"), yaml);
    ConfigException refusal =
        catchThrowableOfType(ConfigException.class, () -> new ConfigLoader(secrets).read(file));
    assertThat(refusal).as("the file was accepted").isNotNull();
    return refusal.problems().stream()
        .map(problem -> problem.toString().replace(directory + "/", "").replace('"', '\''))
        .toList();
  }
}
