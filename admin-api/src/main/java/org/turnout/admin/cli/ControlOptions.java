package org.turnout.admin.cli;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.turnout.config.AdminConfig;
import org.turnout.config.ConfigException;
import org.turnout.config.ConfigLoader;
import org.turnout.config.HostPort;
import org.turnout.config.Secret;
import picocli.CommandLine.Option;

/** What every command against a running Turnout takes: where it is, which route, how to answer. */
final class ControlOptions {
  private static final Path DEFAULT_FILE = Path.of("turnout.yaml");

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The configuration of the running Turnout (default: ./turnout.yaml).")
  private @Nullable Path config;

  @Option(
      names = "--admin",
      paramLabel = "URL",
      description = "Where its admin API is, if not as the configuration says.")
  private @Nullable URI admin;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      defaultValue = "${env:TURNOUT_TOKEN}",
      description = "The bearer token (default: the environment variable TURNOUT_TOKEN).")
  private @Nullable String token;

  @Option(
      names = "--route",
      paramLabel = "NAME",
      description = "The route; may be left out where there is one only.")
  private @Nullable String route;

  @Option(names = "--json", description = "Answer as JSON, for machines.")
  private boolean json;

  boolean json() {
    return json;
  }

  Optional<String> route() {
    return Optional.ofNullable(route);
  }

  /** A client for the Turnout that the options name. */
  AdminClient client() throws CommandFailure {
    Optional<Secret> given =
        Optional.ofNullable(token).filter(it -> !it.isEmpty()).map(Secret::new);
    if (admin != null) {
      return new AdminClient(address(admin), given);
    }
    AdminConfig configured = configured();
    return new AdminClient(
        URI.create("http://" + reachable(configured.listen())), given.or(configured::token));
  }

  private AdminConfig configured() throws CommandFailure {
    if (config == null && !Files.exists(DEFAULT_FILE)) {
      return new AdminConfig(ConfigLoader.DEFAULT_ADMIN, Optional.empty());
    }
    try {
      return ConfigLoader.loadAdmin(config == null ? DEFAULT_FILE : config);
    } catch (ConfigException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()));
    }
  }

  private static URI address(URI given) throws CommandFailure {
    if (given.getScheme() == null || given.getHost() == null) {
      throw new CommandFailure(
          "--admin " + given + " is not a URL", "Write for example --admin http://127.0.0.1:7070.");
    }
    return given;
  }

  /** A server that listens on every address is reached on the loopback. */
  private static HostPort reachable(HostPort listen) {
    return listen.isWildcard() ? new HostPort("127.0.0.1", listen.port()) : listen;
  }
}
