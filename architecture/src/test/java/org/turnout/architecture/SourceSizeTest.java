package org.turnout.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file is something one reads in one sitting: at most 500 lines, better not over 350. */
class SourceSizeTest {
  private static final Logger log = LoggerFactory.getLogger(SourceSizeTest.class);
  private static final int LIMIT = 500;
  private static final int WARNING = 350;

  @Test
  void noSourceFileIsLongerThanFiveHundredLines() throws IOException {
    List<Source> sources = sources();

    assertThat(sources).as("sources found beside the module").isNotEmpty();
    sources.stream()
        .filter(each -> each.lines() > WARNING && each.lines() <= LIMIT)
        .forEach(each -> log.warn("{}: ask whether it is two", each));
    assertThat(sources.stream().filter(each -> each.lines() > LIMIT))
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

    @Override
    public String toString() {
      return file + " has " + lines + " lines";
    }
  }
}
