package org.turnout.sync.copy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * A {@code pg_dump} that a test writes: says which version it is and answers with what a real one
 * wrote once, so that nothing of what Turnout does with it depends on the machine. Keeps what it
 * was called with.
 */
public final class StandInDump {
  private static final String SETTINGS =
      """
      --
      -- PostgreSQL database dump
      --

      \\restrict yTOGxwMlgl7nWErOsdRxGXV3fUvopGhrFJQWdWbhARZRrrm5n1DAZW0ZIqjLimO

      SET statement_timeout = 0;
      SET transaction_timeout = 0;
      SET client_encoding = 'UTF8';
      SET standard_conforming_strings = on;
      SELECT pg_catalog.set_config('search_path', '', false);
      SET check_function_bodies = false;

      """;

  private final Path directory;

  private StandInDump(Path directory) {
    this.directory = directory;
  }

  /**
   * Writes a program of a major into {@code <directory>/<major>/bin} that dumps an empty schema.
   */
  public static StandInDump write(Path directory, int major) {
    try {
      Path bin = Files.createDirectories(directory.resolve(major + "/bin"));
      StandInDump dump = new StandInDump(bin);
      dump.answer("pre-data", SETTINGS).answer("post-data", SETTINGS);
      dump.program(
          """
          case "$*" in
            --version) echo 'pg_dump (PostgreSQL) %1$d.3 (Debian %1$d.3-1)'; exit ;;
            *--section=pre-data*) section=pre-data ;;
            *) section=post-data ;;
          esac
          echo "$PGAPPNAME $PGPASSWORD $PGHOST $*" >> '%2$s/calls'
          [ -e '%2$s/errors' ] && cat '%2$s/errors' >&2
          [ -e '%2$s/fails' ] && exit 1
          cat "%2$s/$section.sql"
          """
              .formatted(major, bin));
      return dump;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets the program be this shell script. */
  StandInDump program(String script) {
    put("pg_dump", "#!/bin/sh\n" + script);
    try {
      Files.setPosixFilePermissions(
          directory.resolve("pg_dump"), PosixFilePermissions.fromString("rwx------"));
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What it writes for a schema, after the settings that each dump begins with. */
  public StandInDump writes(String preData, String postData) {
    return answer("pre-data", SETTINGS + preData).answer("post-data", SETTINGS + postData);
  }

  /** The whole of what it writes. */
  StandInDump recorded(String preData, String postData) {
    return answer("pre-data", preData).answer("post-data", postData);
  }

  private StandInDump answer(String section, String script) {
    return put(section + ".sql", script);
  }

  /** Says this on the error output, and goes on. */
  StandInDump warns(String warning) {
    return put("errors", warning + "\n");
  }

  /** Says this on the error output, and fails. */
  StandInDump fails(String error) {
    return put("fails", "").put("errors", error + "\n");
  }

  private StandInDump put(String name, String content) {
    try {
      Files.writeString(directory.resolve(name), content);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its calls for a schema: name, password and host of the environment, then the arguments. */
  List<String> calls() throws IOException {
    return Files.readAllLines(directory.resolve("calls"));
  }

  /** Where only this program is found. */
  public DumpPrograms alone() {
    return new DumpPrograms(List.of(directory), List.of());
  }

  Path path() {
    return directory.resolve("pg_dump");
  }
}
