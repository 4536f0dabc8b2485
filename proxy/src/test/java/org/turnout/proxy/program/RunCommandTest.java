package org.turnout.proxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** {@code run} read without the parser of the command line: just as that would read it. */
class RunCommandTest {
  @ParameterizedTest
  @CsvSource({
    "run, turnout.yaml, false",
    "run --takeover, turnout.yaml, true",
    "run --config a.yaml, a.yaml, false",
    "run --config /etc/turnout/shop-1.yaml --takeover, /etc/turnout/shop-1.yaml, true",
    "run --takeover --config ../b_2.yaml, ../b_2.yaml, true"
  })
  void readsWhatTheParserReads(String line, String file, boolean takeover) {
    String[] words = line.split(" ");
    RunCommand parsed = new RunCommand();
    CommandLine parser = new CommandLine(parsed);
    parser.parseArgs(Arrays.copyOfRange(words, 1, words.length));

    RunCommand plain = RunCommand.plain(words).orElseThrow();

    assertThat(plain.file()).hasToString(file).isEqualTo(parsed.file());
    assertThat(plain.takesOver()).isEqualTo(takeover).isEqualTo(parsed.takesOver());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "check",
        "check --config a.yaml",
        "run --help",
        "run --config",
        "run --config --takeover",
        "run --config=a.yaml",
        "run --config a.yaml --config b.yaml",
        "run --takeover --takeover",
        "run --config @words",
        "run --config \"a.yaml\"",
        "run a.yaml",
        "run @words",
        "--version"
      })
  void leavesEverythingElseToTheParser(String line) {
    assertThat(RunCommand.plain(line.split(" "))).isEmpty();
  }

  @Test
  void leavesNothingAtAllToTheParser() {
    assertThat(RunCommand.plain()).isEmpty();
    assertThat(RunCommand.plain("run", "--config", "")).isEmpty();
  }
}
