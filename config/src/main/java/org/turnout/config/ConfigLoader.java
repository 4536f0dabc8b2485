package org.turnout.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads {@code turnout.yaml}. Unknown keys, wrong types, missing keys, secrets that cannot be had
 * and impossible combinations are refused together, each with its place and what to do; nothing is
 * guessed. Connects to nothing.
 */
public final class ConfigLoader {
  /** Where the admin API listens when the file does not say. */
  public static final HostPort DEFAULT_ADMIN = new HostPort("127.0.0.1", 7070);

  /** Levels of maps and lists; a configuration has five. */
  private static final int DEEPEST = 50;

  private final SecretSource secrets;

  /** A loader that takes secrets from the given source. */
  public ConfigLoader(SecretSource secrets) {
    this.secrets = secrets;
  }

  /** Reads a file with the secrets of this process and machine. */
  public static TurnoutConfig load(Path file) throws ConfigException {
    return new ConfigLoader(SecretSource.SYSTEM).read(file);
  }

  /**
   * Reads only where the admin API is and its token, so that a command against a running Turnout
   * needs none of the other secrets.
   */
  public static AdminConfig loadAdmin(Path file) throws ConfigException {
    Problems problems = new Problems(file.toString());
    Section root = new ConfigLoader(SecretSource.SYSTEM).root(file, problems);
    AdminConfig admin =
        new AdminReader(new Secrets(SecretSource.SYSTEM, directory(file))).read(root);
    problems.throwIfAny();
    return admin;
  }

  /** Reads a file. */
  public TurnoutConfig read(Path file) throws ConfigException {
    Problems problems = new Problems(file.toString());
    Section root = root(file, problems);
    Secrets reader = new Secrets(secrets, directory(file));
    AdminConfig admin = new AdminReader(reader).read(root);
    Path state =
        root.optional("state")
            .flatMap(value -> value.path(directory(file)))
            .orElseGet(() -> directory(file).resolve("turnout-state"))
            .normalize();
    List<RouteConfig> routes = routes(root, new RouteReader(reader, directory(file)));
    root.end();
    problems.throwIfAny();
    Combinations.check(admin, routes, root);
    problems.throwIfAny();
    return new TurnoutConfig(admin, state, routes);
  }

  private static List<RouteConfig> routes(Section root, RouteReader reader) {
    List<RouteConfig> routes = new ArrayList<>();
    Optional<Section> section =
        root.required("routes", "{shop: {listen: …, blue: …, green: …}}").flatMap(Value::section);
    if (section.isEmpty()) {
      return routes;
    }
    Map<String, Value> named = section.get().named();
    if (named.isEmpty()) {
      section.get().refuse("holds no route", "add one, for example `shop: {listen: …}`");
    }
    named.forEach((name, value) -> reader.read(name, value, section.get()).ifPresent(routes::add));
    section.get().end();
    return routes;
  }

  private Section root(Path file, Problems problems) throws ConfigException {
    Node root = compose(text(file, problems), problems);
    if (!(root instanceof MappingNode map)) {
      problems.add(root, "", "is not a map of keys", "begin with `routes:`");
      problems.throwIfAny();
      throw new IllegalStateException("a problem was added above");
    }
    return new Section(map, "", problems);
  }

  private static String text(Path file, Problems problems) throws ConfigException {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException absent) {
      fileProblem(problems, "there is no such file", "make it, or name another with --config FILE");
    } catch (CharacterCodingException notText) {
      fileProblem(problems, "is not UTF-8 text", "save it as UTF-8");
    } catch (IOException unreadable) {
      fileProblem(
          problems, "cannot be read (" + unreadable + ")", "let Turnout's user read the file");
    }
    problems.throwIfAny();
    throw new IllegalStateException("a problem was added above");
  }

  private static Node compose(String text, Problems problems) throws ConfigException {
    LoadSettings settings = LoadSettings.builder().setUseMarks(true).build();
    try {
      checkDepth(text, settings, problems);
      Optional<Node> root = new Compose(settings).composeString(text);
      if (root.isPresent()) {
        return root.get();
      }
      fileProblem(problems, "is empty", "begin with `routes:`");
    } catch (MarkedYamlEngineException wrong) {
      problems.add(
          wrong.getProblemMark().or(wrong::getContextMark),
          "",
          "is not YAML: " + wrong.getProblem(),
          Optional.empty());
    } catch (YamlEngineException wrong) {
      fileProblem(problems, "is not one YAML document", String.valueOf(wrong.getMessage()));
    }
    problems.throwIfAny();
    throw new IllegalStateException("a problem was added above");
  }

  /** Nodes are made by methods that call themselves: no file may make them use up the stack. */
  private static void checkDepth(String text, LoadSettings settings, Problems problems)
      throws ConfigException {
    int depth = 0;
    for (Event event : new Parse(settings).parseString(text)) {
      if (event instanceof CollectionStartEvent && ++depth > DEEPEST) {
        problems.add(
            event.getStartMark(),
            "",
            "is nested deeper than " + DEEPEST + " levels",
            Optional.of("look for brackets that do not end"));
        problems.throwIfAny();
      } else if (event instanceof CollectionEndEvent) {
        depth--;
      }
    }
  }

  private static void fileProblem(Problems problems, String message, String advice) {
    problems.add(Optional.empty(), "", message, Optional.of(advice));
  }

  private static Path directory(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? file.toAbsolutePath() : parent;
  }
}
