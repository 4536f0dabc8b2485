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
import java.util.Optional;
import java.util.Set;
import org.turnout.sync.SyncException;

/**
 * Where a {@code pg_dump} is looked for. The program refuses servers of a newer major than its own,
 * so one that is new enough for the source is taken, and one that is not newer than the target is
 * preferred, because the target must understand what it writes. They are looked for each time: one
 * that is installed while Turnout runs is found.
 *
 * @param directories which hold a {@code pg_dump} each, or not
 * @param installations where packages install their majors side by side: {@code 18/bin/pg_dump}
 */
public record DumpPrograms(List<Path> directories, List<Path> installations) {
  private static final List<Path> INSTALLATIONS =
      List.of(
          Path.of("/usr/lib/postgresql"),
          Path.of("/usr/pgsql"),
          Path.of("/usr/local/pgsql"),
          Path.of("/opt/homebrew/opt"));

  /** The directories of PATH, and the usual installations. */
  public static DumpPrograms ofThisMachine() {
    String path = System.getenv().getOrDefault("PATH", "");
    return new DumpPrograms(
        Arrays.stream(path.split(File.pathSeparator))
            .filter(directory -> !directory.isEmpty())
            .map(Path::of)
            .toList(),
        INSTALLATIONS);
  }

  /** The fitting program, if there is one. */
  Optional<PgDump> find(int sourceMajor, int targetMajor)
      throws InterruptedException, SyncException {
    List<PgDump> fitting = new ArrayList<>();
    for (Path program : candidates()) {
      PgDump.of(program).filter(dump -> dump.major() >= sourceMajor).ifPresent(fitting::add);
    }
    Comparator<PgDump> notNewerThanTarget =
        Comparator.comparing(dump -> dump.major() > targetMajor);
    return fitting.stream()
        .min(
            notNewerThanTarget.thenComparingInt(
                dump -> dump.major() > targetMajor ? dump.major() : -dump.major()));
  }

  private Set<Path> candidates() throws SyncException {
    Set<Path> programs = new LinkedHashSet<>();
    directories.stream()
        .map(directory -> directory.resolve("pg_dump"))
        .filter(Files::isExecutable)
        .forEach(programs::add);
    for (Path installation : installations) {
      if (Files.isDirectory(installation)) {
        programs.addAll(below(installation));
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
}
