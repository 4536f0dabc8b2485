package org.turnout.bench.peer;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.turnout.bench.load.Login;
import org.turnout.bench.load.StandIn;

/**
 * Turnout, started as its users start it: by the launcher, with the flags that the launcher gives
 * to {@code run}.
 *
 * @param version of Turnout
 * @param control as whom Turnout itself comes to both sides
 * @param green the other side
 * @param certificate what clients that come with TLS are shown
 * @param greenMode the {@code sslmode} of green; blue's is {@code disable}, whatever the server
 *     offers, as that of the clients on the straight way
 */
public record TurnoutServer(
    String version,
    Path directory,
    Login control,
    Backend green,
    OwnCertificate certificate,
    String greenMode)
    implements PeerSource {
  /** The property in which the launcher says where it is. */
  public static final String LAUNCHER = "turnout.launcher";

  /** The {@code sslmode} of a side to which no connection is encrypted. */
  public static final String IN_PLAIN_TEXT = "disable";

  /** The route's name. */
  public static final String ROUTE = "bench";

  private static final String CONTROL_PASSWORD = "TURNOUT_BENCH_CONTROL_PASSWORD";
  private static final String CLIENT_PASSWORD = "TURNOUT_BENCH_CLIENT_PASSWORD";

  /** A Turnout with the address of its admin API. */
  public record Running(StartedPeer peer, URI admin) {
    /** The same under another name, where two are measured. */
    public Running named(String name) {
      return new Running(peer.named(name), admin);
    }
  }

  @Override
  public Peer start(Backend blue) throws IOException {
    return run(blue).peer();
  }

  public Running run(Backend blue) throws IOException {
    return run(blue, Map.of());
  }

  /** With these environment variables besides. */
  public Running run(Backend blue, Map<String, String> variables) throws IOException {
    Path home = Files.createTempDirectory(directory, "turnout-");
    int port = Child.freePort();
    int admin = Child.freePort();
    Path file = Files.writeString(home.resolve("turnout.yaml"), yaml(blue, port, admin));
    Map<String, String> environment = new HashMap<>(variables);
    put(environment, CONTROL_PASSWORD, control.password());
    put(environment, CLIENT_PASSWORD, blue.client().password());
    List<String> command = new ArrayList<>(program());
    command.addAll(List.of("run", "--config", file.toString()));
    Child child = Child.start(home, false, environment, command);
    return new Running(
        new StartedPeer(Peer.TURNOUT, version, port, child, StartedPeer.Kind.JVM),
        URI.create("http://127.0.0.1:" + admin));
  }

  private static void put(Map<String, String> environment, String name, @Nullable String value) {
    if (value != null) {
      environment.put(name, value);
    }
  }

  /** Without a launcher, in tests, the java, the flags and the class path of this process. */
  private static List<String> program() {
    String launcher = System.getProperty(LAUNCHER);
    if (launcher != null) {
      return List.of(launcher);
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> !flag.startsWith("-agentlib") && !flag.startsWith("-javaagent"))
        .forEach(command::add);
    command.addAll(
        List.of("-classpath", System.getProperty("java.class.path"), "org.turnout.proxy.Turnout"));
    return command;
  }

  private String yaml(Backend blue, int port, int admin) {
    String authentication =
        blue.client().password() == null
            ? "trust"
            : "{ method: users, users: { \"%s\": \"${env:%s}\", %s: \"${env:%s}\" } }"
                .formatted(blue.client().user(), CLIENT_PASSWORD, StandIn.USER, CLIENT_PASSWORD);
    return """
    admin: 127.0.0.1:%d
    state: state
    routes:
      %s:
        listen: 127.0.0.1:%d
        authentication: %s
        tls: { mode: allow, certificate: "%s", key: "%s" }
        blue: %s
        green: %s
        sync: { schema: prepared }
    """
        .formatted(
            admin,
            ROUTE,
            port,
            authentication,
            certificate.certificate(),
            certificate.key(),
            side(blue, IN_PLAIN_TEXT),
            side(green, greenMode));
  }

  private String side(Backend backend, String mode) {
    String url =
        "postgresql://%s@%s:%d/%s?sslmode=%s"
            .formatted(
                control.user(), backend.host(), backend.port(), backend.client().database(), mode);
    return control.password() == null
        ? "{ url: \"%s\" }".formatted(url)
        : "{ url: \"%s\", password: \"${env:%s}\" }".formatted(url, CONTROL_PASSWORD);
  }
}
