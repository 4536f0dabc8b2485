package org.turnout.sync.copy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.SideConfig;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.HelperSchema;
import org.turnout.sync.side.PostgresSide;

/** One {@code pg_dump}, run for the schema of a database; see {@link DumpPrograms}. */
record PgDump(Path program, int major) {
  private static final Logger log = LoggerFactory.getLogger(PgDump.class);
  private static final Pattern VERSION = Pattern.compile("\\(PostgreSQL\\) (\\d+)");

  /**
   * The program with its major; empty when it does not run or does not say what it is, as a wrapper
   * without any installed client does.
   */
  static Optional<PgDump> of(Path program) throws InterruptedException {
    Output output;
    try {
      output = run(List.of(program.toString(), "--version"), Map.of());
    } catch (IOException e) {
      log.warn("{} does not run and is left out: {}", program, e.getMessage());
      return Optional.empty();
    }
    Matcher matcher = VERSION.matcher(output.text);
    return output.status == 0 && matcher.find()
        ? Optional.of(new PgDump(program, Integer.parseInt(matcher.group(1))))
        : Optional.empty();
  }

  /**
   * The statements that make the schema of a side's database, without those of Turnout.
   *
   * @param section {@code pre-data} or {@code post-data}
   */
  List<String> schema(PostgresSide side, String section)
      throws SyncException, InterruptedException {
    SideConfig config = side.config();
    List<String> command =
        List.of(
            program.toString(),
            "--schema-only",
            "--section=" + section,
            "--exclude-schema=" + HelperSchema.NAME,
            "--no-publications",
            "--no-subscriptions",
            "--no-tablespaces",
            "--encoding=UTF8",
            "--lock-wait-timeout=30s",
            "--no-password",
            "--host=" + config.address().host(),
            "--port=" + config.address().port(),
            "--username=" + config.user(),
            "--dbname=" + connectionString(config.database()));
    Map<String, String> environment =
        config.password().isPresent()
            ? Map.of("PGPASSWORD", config.password().get().reveal(), "PGAPPNAME", "turnout")
            : Map.of("PGAPPNAME", "turnout");
    Output output;
    try {
      output = run(command, environment);
    } catch (IOException e) {
      throw new SyncException("Cannot run " + program, e);
    }
    if (output.status != 0) {
      throw new SyncException(
          side.side().word()
              + ": "
              + program
              + " could not read the schema of "
              + side
              + ". It says: "
              + output.errors.strip().replace('\n', ' '));
    }
    output.errors.lines().forEach(warning -> log.warn("{}: {}", side.side().word(), warning));
    return DumpScript.split(output.text);
  }

  /** A database name alone would be read as a connection string where it holds a {@code =}. */
  private static String connectionString(String database) {
    return "dbname='" + database.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  private static Output run(List<String> command, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path text = Files.createTempFile("turnout-", ".sql");
    Path errors = Files.createTempFile("turnout-", ".err");
    try {
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
      builder.environment().putAll(environment);
      builder.redirectOutput(text.toFile()).redirectError(errors.toFile());
      int status = waitFor(builder.start());
      return new Output(status, Files.readString(text), Files.readString(errors));
    } finally {
      Files.delete(text);
      Files.delete(errors);
    }
  }

  private static int waitFor(Process process) throws IOException, InterruptedException {
    process.getOutputStream().close();
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  /** What a program left behind. */
  private record Output(int status, String text, String errors) {}
}
