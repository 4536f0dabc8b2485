package org.turnout.proxy.program;

import java.nio.file.Path;
import java.util.List;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.config.ConfigException;
import org.turnout.config.ConfigLoader;
import org.turnout.config.Protocol;
import org.turnout.config.RouteConfig;
import org.turnout.config.TurnoutConfig;
import picocli.CommandLine.Option;

/** The option that names the configuration, and its reading. */
final class ConfigFile {
  /** The file where none is named. */
  static final String USUAL = "turnout.yaml";

  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = USUAL,
      description = "The configuration (default: ./turnout.yaml).")
  @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
  private Path file;

  void name(Path file) {
    this.file = file;
  }

  Path file() {
    return file;
  }

  /** The configuration, once it is free of problems. */
  TurnoutConfig load() throws CommandFailure {
    try {
      return ConfigLoader.load(file);
    } catch (ConfigException e) {
      List<String> problems = e.problems().stream().map(ConfigException.Problem::toString).toList();
      throw new CommandFailure("the configuration is refused", problems);
    }
  }

  /** Refuses the routes that this version cannot serve. */
  static void requirePostgres(TurnoutConfig config) throws CommandFailure {
    List<String> others =
        config.routes().stream()
            .filter(route -> route.protocol() != Protocol.POSTGRES)
            .map(RouteConfig::name)
            .map(Object::toString)
            .toList();
    if (!others.isEmpty()) {
      throw new CommandFailure(
          "this version of Turnout moves PostgreSQL only; of protocol mysql: "
              + String.join(", ", others),
          "Take these routes out of the configuration.");
    }
  }
}
