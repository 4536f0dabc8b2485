package org.turnout.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/**
 * Any file is a configuration or is refused in words.
 *
 * <p>Oracle: a {@link ConfigException} that names at least one problem, each at a place that the
 * file has, or a configuration whose names can be sent to a server. No other exception, and no
 * secret in what is said or shown.
 */
class ConfigFuzzTest {
  private static final String SECRET = "5up3r-hidden-w0rd";

  @TempDir static Path directory;

  private final FakeSecrets secrets =
      new FakeSecrets()
          .variable("A", SECRET)
          .file(directory.toAbsolutePath().resolve("b"), SECRET + "\n");

  @FuzzTest
  void anyFileIsAConfigurationOrIsRefused(byte[] input) throws IOException {
    Path file = Files.write(directory.resolve("turnout.yaml"), input);
    String shown;
    try {
      TurnoutConfig config = new ConfigLoader(secrets).read(file);
      assertThat(config.routes()).isNotEmpty();
      config.routes().forEach(ConfigFuzzTest::canBeUsed);
      shown = config.toString();
    } catch (ConfigException refusal) {
      assertThat(refusal.problems()).isNotEmpty();
      int lines = lines(input);
      assertThat(refusal.problems())
          .allSatisfy(problem -> assertThat(problem.line()).isBetween(0, lines))
          .allSatisfy(problem -> assertThat(problem.message()).isNotBlank());
      shown = refusal.getMessage();
    }
    if (!new String(input, StandardCharsets.UTF_8).contains(SECRET)) {
      assertThat(shown).doesNotContain(SECRET);
    }
  }

  private static void canBeUsed(RouteConfig route) {
    for (SideConfig side : List.of(route.blue(), route.green())) {
      assertThat(side.database()).isNotEmpty().doesNotContain("\0");
      assertThat(side.user()).isNotEmpty().doesNotContain("\0");
      assertThat(side.address().port()).isBetween(1, 65_535);
      side.password().ifPresent(it -> assertThat(it.reveal()).isNotEmpty().doesNotContain("\0"));
    }
  }

  /** At most: every kind of line end of YAML counts, and the place behind the last one. */
  private static int lines(byte[] input) {
    return 2
        + (int)
            new String(input, StandardCharsets.UTF_8)
                .chars()
                .filter(c -> c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029)
                .count();
  }
}
