package org.turnout.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file is something one reads in one sitting: at most 500 lines, better not over 350. */
class SourceSizeTest {
  private static final Logger log = LoggerFactory.getLogger(SourceSizeTest.class);
  private static final int LIMIT = 500;
  private static final int WARNING = 350;

  /** Longer ones, each with its reason and a limit of its own. */
  private static final Map<String, Integer> REASONED =
      Map.of(
          // One state machine: who serves the client now. Its parts (gate, loan, move, reads,
          // words)
          // are classes already; what is left are the doors between them.
          "PostgresSession.java", 600);

  @Test
  void noSourceFileIsLongerThanFiveHundredLines() throws IOException {
    List<Source> sources = sources();

    assertThat(sources).as("sources found beside the module").isNotEmpty();
    sources.stream()
        .filter(each -> each.lines() > WARNING && each.lines() <= each.limit())
        .forEach(each -> log.warn("{}: ask whether it is two", each));
    assertThat(sources.stream().filter(each -> each.lines() > each.limit()))
        .as("files of more than %d lines; move what can be read alone to a class of its own", LIMIT)
        .isEmpty();
  }

  private static List<Source> sources() throws IOException {
    Path root = Path.of("").toAbsolutePath().getParent();
    try (Stream<Path> modules = Files.list(root)) {
      return modules
          .map(module -> module.resolve("src"))
          .filter(Files::isDirectory)
          .flatMap(SourceSizeTest::javaFiles)
          .map(file -> Source.of(root, file))
          .toList();
    }
  }

  private static Stream<Path> javaFiles(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(each -> each.toString().endsWith(".java")).toList().stream();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private record Source(Path file, long lines) {
    static Source of(Path root, Path file) {
      try (Stream<String> lines = Files.lines(file)) {
        return new Source(root.relativize(file), lines.count());
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    int limit() {
      return REASONED.getOrDefault(String.valueOf(file.getFileName()), LIMIT);
    }

    @Override
    public String toString() {
      return file + " has " + lines + " lines";
    }
  }
}
