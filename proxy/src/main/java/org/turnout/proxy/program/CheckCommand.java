package org.turnout.proxy.program;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.config.RouteConfig;
import org.turnout.config.TurnoutConfig;
import org.turnout.protocol.postgres.tls.TlsFileException;
import org.turnout.proxy.postgres.PostgresTraffic;
import org.turnout.proxy.tls.ClientTls;
import org.turnout.proxy.tls.RouteTls;
import org.turnout.sync.Finding;
import org.turnout.sync.SyncEngine;
import org.turnout.sync.SyncException;
import org.turnout.sync.engine.SyncEngines;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code turnout check}: is the configuration right, and with {@code --connect}, are the sides? */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description =
        "Checks the configuration; with --connect also both sides, changing nothing. Exit status 0"
            + " only if nothing stands in the way.")
final class CheckCommand implements Callable<Integer> {
  @Mixin private final ConfigFile config = new ConfigFile();

  @Option(
      names = "--connect",
      description = "Also connect to both sides of each route and name what stops a sync.")
  private boolean connect;

  @Option(names = "--json", description = "Answer as JSON, for machines.")
  private boolean json;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before anything runs
  private CommandSpec spec;

  @Override
  public Integer call() throws CommandFailure {
    TurnoutConfig loaded = config.load();
    Map<String, List<Finding>> findings = new LinkedHashMap<>();
    loaded.routes().forEach(route -> files(route, findings));
    if (connect) {
      ConfigFile.requirePostgres(loaded);
      loaded
          .routes()
          .forEach(
              route ->
                  findings
                      .computeIfAbsent(route.name().value(), name -> new ArrayList<>())
                      .addAll(inspect(route)));
    }
    if (json) {
      print(json(loaded, findings));
    } else {
      print(config.file() + ": valid, routes: " + names(loaded));
      findings.forEach(this::printFindings);
    }
    boolean blocked =
        findings.values().stream()
            .flatMap(List::stream)
            .anyMatch(finding -> finding.severity() == Finding.Severity.BLOCKER);
    return blocked ? 1 : 0;
  }

  /** Certificates and keys that cannot be used, or not by everyone. */
  private static void files(RouteConfig route, Map<String, List<Finding>> findings) {
    List<Finding> found = new ArrayList<>();
    try {
      RouteTls.load(route, PostgresTraffic.PROTOCOL)
          .clients()
          .flatMap(ClientTls::outOfDate)
          .ifPresent(
              why ->
                  found.add(
                      finding(
                          route,
                          "tls-certificate-date",
                          Finding.Severity.WARNING,
                          "clients may refuse its certificate: " + why,
                          "Put a valid one in its place; a running Turnout takes it by itself.")));
    } catch (TlsFileException e) {
      found.add(
          finding(
              route,
              "tls-file",
              Finding.Severity.BLOCKER,
              e.getMessage(),
              "Correct the path, or the file; Turnout's user must be able to read it."));
    }
    if (!found.isEmpty()) {
      findings.computeIfAbsent(route.name().value(), name -> new ArrayList<>()).addAll(found);
    }
  }

  private static Finding finding(
      RouteConfig route, String code, Finding.Severity severity, String message, String advice) {
    return new Finding(code, severity, "route " + route.name(), message, advice);
  }

  private static List<Finding> inspect(RouteConfig route) {
    try (SyncEngine engine = SyncEngines.postgres(route)) {
      return engine.inspect();
    } catch (SyncException e) {
      List<Finding> findings = new ArrayList<>(e.findings());
      if (findings.isEmpty()) {
        findings.add(
            finding(
                route,
                "not-inspected",
                Finding.Severity.BLOCKER,
                String.valueOf(e.getMessage()),
                "Both sides must be reachable with the users and passwords of the"
                    + " configuration."));
      }
      return findings;
    }
  }

  private void printFindings(String route, List<Finding> findings) {
    print("route " + route + ": " + (findings.isEmpty() ? "nothing stands in the way" : ""));
    for (Finding finding : findings) {
      print(
          "  "
              + word(finding)
              + " "
              + finding.code()
              + " ("
              + finding.subject()
              + "): "
              + finding.message());
      print("    " + finding.advice());
    }
  }

  private static String names(TurnoutConfig config) {
    return String.join(", ", config.routes().stream().map(route -> route.name().value()).toList());
  }

  private String json(TurnoutConfig loaded, Map<String, List<Finding>> findings) {
    List<Map<String, Object>> routes = new ArrayList<>();
    for (RouteConfig route : loaded.routes()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("name", route.name().value());
      one.put(
          "findings",
          findings.getOrDefault(route.name().value(), List.of()).stream()
              .map(CheckCommand::fields)
              .toList());
      routes.add(one);
    }
    try {
      return new ObjectMapper().writeValueAsString(Map.of("routes", routes));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("findings cannot be written as JSON", e);
    }
  }

  private static Map<String, String> fields(Finding finding) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("code", finding.code());
    fields.put("severity", word(finding));
    fields.put("subject", finding.subject());
    fields.put("message", finding.message());
    fields.put("advice", finding.advice());
    return fields;
  }

  private static String word(Finding finding) {
    return finding.severity().name().toLowerCase(Locale.ROOT);
  }

  private void print(String line) {
    spec.commandLine().getOut().println(line.stripTrailing());
  }
}
