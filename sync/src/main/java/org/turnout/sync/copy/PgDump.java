package org.turnout.sync.copy;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.turnout.config.SideConfig;
import org.turnout.sync.SyncException;
import org.turnout.sync.side.HelperSchema;
import org.turnout.sync.side.PostgresSide;

/**
 * A {@code pg_dump} of this machine. It refuses servers of a newer major than its own, so one that
 * is new enough for the source is looked for, and one that is not newer than the target is
 * preferred, because the target must understand what it writes.
 */
public record PgDump(Path program, int major) {
  private static final Pattern VERSION = Pattern.compile("\\(PostgreSQL\\) (\\d+)");
  private static final List<String> INSTALLATIONS =
      List.of("/usr/lib/postgresql", "/usr/pgsql", "/usr/local/pgsql", "/opt/homebrew/opt");

  /**
   * The fitting program, if there is one: in the directories of PATH and where packages install
   * their majors side by side.
   */
  public static Optional<PgDump> find(int sourceMajor, int targetMajor)
      throws InterruptedException, SyncException {
    List<PgDump> fitting = new ArrayList<>();
    for (Path program : candidates()) {
      version(program).filter(dump -> dump.major >= sourceMajor).ifPresent(fitting::add);
    }
    Comparator<PgDump> notNewerThanTarget = Comparator.comparing(dump -> dump.major > targetMajor);
    return fitting.stream()
        .min(
            notNewerThanTarget.thenComparingInt(
                dump -> dump.major > targetMajor ? dump.major : -dump.major));
  }

  private static Set<Path> candidates() throws SyncException {
    Set<Path> programs = new LinkedHashSet<>();
    String path = System.getenv().getOrDefault("PATH", "");
    Arrays.stream(path.split(File.pathSeparator))
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory, "pg_dump"))
        .filter(Files::isExecutable)
        .forEach(programs::add);
    for (String installation : INSTALLATIONS) {
      Path directory = Path.of(installation);
      if (Files.isDirectory(directory)) {
        programs.addAll(below(directory));
      }
    }
    return programs;
  }

  private static List<Path> below(Path directory) throws SyncException {
    List<Path> programs = new ArrayList<>();
    try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
      for (Path child : children) {
        Path program = child.resolve("bin").resolve("pg_dump");
        if (Files.isExecutable(program)) {
          programs.add(program);
        }
      }
    } catch (IOException e) {
      throw new SyncException("Cannot look for pg_dump in " + directory, e);
    }
    return programs;
  }

  private static Optional<PgDump> version(Path program) throws InterruptedException, SyncException {
    Output output = run(List.of(program.toString(), "--version"), Map.of());
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
    Output output = run(command, environment);
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
    return DumpScript.split(output.text);
  }

  /** A database name alone would be read as a connection string where it holds a {@code =}. */
  private static String connectionString(String database) {
    return "dbname='" + database.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  private static Output run(List<String> command, Map<String, String> environment)
      throws SyncException, InterruptedException {
    try {
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
    } catch (IOException e) {
      throw new SyncException("Cannot run " + command.getFirst(), e);
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
