package org.turnout.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.turnout.admin.cli.CommandProvider;
import org.turnout.admin.cli.Terminal;
import org.turnout.admin.cli.TurnoutCommandLine;
import org.turnout.config.ConfigLoader;
import org.turnout.config.SecretSource;
import picocli.CommandLine;

/** Keeps the documents true: what they show is taken by the real loader and the real parser. */
class DocumentsTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern YAML = Pattern.compile("(?ms)^```yaml\\n(.*?)^```$");
  private static final Pattern SHELL = Pattern.compile("(?ms)^```sh\\n(.*?)^```$");
  private static final Pattern INLINE = Pattern.compile("`((?:\\./)?turnout [a-z][^`\\n]*)`");
  private static final Pattern COMMAND =
      Pattern.compile("^(?:\\./)?turnout(?: +(.*?))?(?: +#.*)?$");

  @TempDir Path directory;

  @TestFactory
  List<DynamicTest> everyConfigurationIsAccepted() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path document : documents()) {
      for (String block : blocks(document, YAML)) {
        if (block.contains("routes:")) {
          tests.add(DynamicTest.dynamicTest(name(document, block), () -> load(block)));
        }
      }
    }
    assertThat(tests).hasSizeGreaterThan(2);
    return tests;
  }

  @TestFactory
  List<DynamicTest> everyCommandIsUnderstood() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path document : documents()) {
      List<String> lines = new ArrayList<>(blocks(document, INLINE));
      blocks(document, SHELL).forEach(block -> lines.addAll(block.lines().toList()));
      for (String line : lines) {
        COMMAND
            .matcher(line)
            .results()
            .map(found -> Optional.ofNullable(found.group(1)).orElse(""))
            .filter(words -> !words.isEmpty())
            .forEach(
                words ->
                    tests.add(DynamicTest.dynamicTest(name(document, words), () -> parse(words))));
      }
    }
    assertThat(tests).hasSizeGreaterThan(20);
    return tests;
  }

  @TestFactory
  List<DynamicTest> everyLinkLeadsSomewhere() throws IOException {
    Pattern link = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");
    List<DynamicTest> tests = new ArrayList<>();
    for (Path document : documents()) {
      for (String target : blocks(document, link)) {
        tests.add(
            DynamicTest.dynamicTest(
                name(document, target),
                () -> assertThat(document.resolveSibling(target)).exists()));
      }
    }
    assertThat(tests).isNotEmpty();
    return tests;
  }

  private void load(String yaml) throws IOException {
    Path file = Files.writeString(directory.resolve("turnout.yaml"), yaml);
    assertThatCode(() -> new ConfigLoader(new AnySecret()).read(file)).doesNotThrowAnyException();
  }

  private static void parse(String words) {
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    CommandLine line =
        TurnoutCommandLine.commandLine(
            new Terminal(nowhere, nowhere, false), ServiceLoader.load(CommandProvider.class));
    assertThatCode(() -> line.parseArgs(words.split(" +"))).doesNotThrowAnyException();
  }

  private static List<String> blocks(Path document, Pattern pattern) throws IOException {
    return pattern
        .matcher(Files.readString(document))
        .results()
        .map((MatchResult found) -> found.group(1))
        .toList();
  }

  private static List<Path> documents() throws IOException {
    List<Path> documents = new ArrayList<>();
    for (Path directory : List.of(ROOT, ROOT.resolve("docs"))) {
      try (Stream<Path> files = Files.list(directory)) {
        files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
      }
    }
    return documents;
  }

  private static String name(Path document, String what) {
    return document.getFileName() + ": " + what.lines().findFirst().orElse("");
  }

  /** Has every secret that is asked for. */
  private static final class AnySecret implements SecretSource {
    @Override
    public Optional<String> environment(String name) {
      return Optional.of("secret");
    }

    @Override
    public String file(Path path) {
      return "secret";
    }
  }
}
