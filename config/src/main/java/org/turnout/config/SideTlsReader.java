package org.turnout.config;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the options of a side's URL: TLS, in libpq's words. Paths are relative to the file. */
final class SideTlsReader {
  private static final List<String> OPTIONS =
      List.of("sslmode", "sslrootcert", "sslcert", "sslkey", "sslnegotiation");
  private static final List<String> PATHS = List.of("sslrootcert", "sslcert", "sslkey");
  private static final List<String> MODES =
      Arrays.stream(SideTls.Mode.values()).map(SideTls.Mode::word).toList();
  private static final List<String> NEGOTIATIONS = List.of("postgres", "direct");

  private final Path directory;

  SideTlsReader(Path directory) {
    this.directory = directory;
  }

  /**
   * What the options say; empty when a problem was reported.
   *
   * @param at where problems are reported
   */
  Optional<SideTls> read(Map<String, String> options, Value at) {
    for (String name : options.keySet()) {
      if (!OPTIONS.contains(name)) {
        at.refuse(
            "has the option \"" + name + "\", which is not known", Spelling.advice(name, OPTIONS));
        return Optional.empty();
      }
    }
    if (!isWord(options, "sslmode", MODES, at)
        || !isWord(options, "sslnegotiation", NEGOTIATIONS, at)) {
      return Optional.empty();
    }
    if (!PATHS.stream().allMatch(name -> isPath(options, name, at))) {
      return Optional.empty();
    }
    String rootsText = options.get("sslrootcert");
    SideTls.Roots roots = roots(rootsText);
    boolean system = roots instanceof SideTls.Roots.System;
    SideTls.Mode mode =
        mode(
            options.getOrDefault(
                "sslmode", system ? "verify-full" : SideTls.DEFAULT.mode().word()));
    SideTls tls =
        new SideTls(mode, roots, identity(options), "direct".equals(options.get("sslnegotiation")));
    return isPossible(tls, options, at) ? Optional.of(tls) : Optional.empty();
  }

  private static boolean isWord(
      Map<String, String> options, String name, List<String> words, Value at) {
    String value = options.get(name);
    if (value == null || words.contains(value)) {
      return true;
    }
    at.refuse("has an unknown " + name + " \"" + value + "\"", Spelling.advice(value, words));
    return false;
  }

  private boolean isPath(Map<String, String> options, String name, Value at) {
    String text = options.get(name);
    return text == null || at.path(directory, text).isPresent();
  }

  private static SideTls.Mode mode(String word) {
    return Arrays.stream(SideTls.Mode.values())
        .filter(mode -> mode.word().equals(word))
        .findFirst()
        .orElseThrow();
  }

  private SideTls.Roots roots(@org.jspecify.annotations.Nullable String text) {
    if (text == null) {
      return new SideTls.Roots.None();
    }
    return text.equals("system")
        ? new SideTls.Roots.System()
        : new SideTls.Roots.File(directory.resolve(text));
  }

  private Optional<TlsConfig.Identity> identity(Map<String, String> options) {
    String certificate = options.get("sslcert");
    String key = options.get("sslkey");
    return certificate == null || key == null
        ? Optional.empty()
        : Optional.of(
            new TlsConfig.Identity(
                directory.resolve(certificate), directory.resolve(key), Optional.empty()));
  }

  private static boolean isPossible(SideTls tls, Map<String, String> options, Value at) {
    if (options.containsKey("sslcert") != options.containsKey("sslkey")) {
      at.refuse("has only one of sslcert and sslkey", "a certificate is of use with its key only");
    } else if (tls.mode().compareTo(SideTls.Mode.VERIFY_CA) >= 0 && !tls.verifiesAuthority()) {
      at.refuse(
          "has sslmode=" + tls.mode().word() + " and no sslrootcert",
          "add sslrootcert=FILE with the certificate of the authority, or sslrootcert=system for"
              + " those that the Java runtime knows");
    } else if (tls.roots() instanceof SideTls.Roots.System && !tls.verifiesHost()) {
      at.refuse(
          "has sslrootcert=system and sslmode=" + tls.mode().word(),
          "anyone can have a certificate of those authorities; write sslmode=verify-full");
    } else if (tls.direct() && tls.mode().compareTo(SideTls.Mode.REQUIRE) < 0) {
      at.refuse(
          "has sslnegotiation=direct and sslmode=" + tls.mode().word(),
          "direct TLS has no way back to plain text; write sslmode=require or stronger");
    } else {
      return true;
    }
    return false;
  }
}
