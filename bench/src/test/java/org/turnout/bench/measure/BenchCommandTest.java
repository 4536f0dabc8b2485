package org.turnout.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.turnout.admin.cli.CommandFailure;
import picocli.CommandLine;

/** What is refused before anything is started. */
class BenchCommandTest {
  private static Exception failure(String... words) {
    List<Exception> failures = new ArrayList<>();
    new CommandLine(new BenchCommand())
        .setExecutionExceptionHandler(
            (failure, _, _) -> {
              failures.add(failure);
              return 1;
            })
        .execute(words);
    return failures.getFirst();
  }

  @ParameterizedTest
  @CsvSource({
    "--rounds, 0, --rounds must be 1 or more",
    "--seconds, 0, --seconds must be above 0",
    "--loads, simple-2, there is no load simple-2; there are simple-1",
    "--during, work, '--during is mirror, reads, copy or verify, not work'",
    "--driver, psql, '--driver is own or pgbench, not psql'",
    "--url, postgresql://db/shop, --url is not the address of a database",
    "--url, postgresql://me@db, --url is not the address of a database",
    "--url, mysql://me@db/shop, --url is not the address of a database",
    "--url, postgresql://me@db/shop?sslmode=require, --url is not the address of a database",
    "--peer, odyssey, a peer is given as name=host:port:pid",
    "--peer, odyssey=db:1:0, there is no process 0 (peer odyssey)",
    "--json, /nowhere/b.json, The report cannot be written to /nowhere/b.json",
    "--html, /, The report cannot be written to /",
  })
  void whatCannotBeIsRefusedWithWhatIsWrong(String option, String value, String message) {
    assertThat(failure(option, value))
        .isInstanceOf(CommandFailure.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void twoTargetsOfOneNameAreRefused() {
    String self = ":5432:" + ProcessHandle.current().pid();

    assertThat(failure("--peer", "turnout=db" + self))
        .hasMessageStartingWith("there already is a target turnout");
    assertThat(failure("--peer", "one=db" + self, "--peer", "one=db" + self))
        .hasMessageStartingWith("there already is a target one");
  }
}
