package org.turnout.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * TLS between Turnout and one side, in the words of libpq: the options of the side's URL. The same
 * for the sessions of clients and for Turnout's own connections.
 *
 * @param mode {@code sslmode}
 * @param roots {@code sslrootcert}: whose certificates are believed
 * @param identity {@code sslcert} and {@code sslkey}: what Turnout shows to the server
 * @param direct {@code sslnegotiation=direct}: TLS from the first byte, for servers from 17 on
 */
public record SideTls(
    Mode mode, Roots roots, Optional<TlsConfig.Identity> identity, boolean direct) {
  /** What libpq does when nothing is said. */
  public static final SideTls DEFAULT =
      new SideTls(Mode.PREFER, new Roots.None(), Optional.empty(), false);

  /** Plain text. */
  static final SideTls DISABLED =
      new SideTls(Mode.DISABLE, new Roots.None(), Optional.empty(), false);

  /** {@code sslmode}. */
  public enum Mode {
    DISABLE("disable"),
    ALLOW("allow"),
    PREFER("prefer"),
    REQUIRE("require"),
    VERIFY_CA("verify-ca"),
    VERIFY_FULL("verify-full");

    private final String word;

    Mode(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  /** The authorities that are believed. */
  public sealed interface Roots {
    /** None is named: certificates are not looked at. */
    record None() implements Roots {}

    /** Those of a PEM file. A file that is named is always gone by, as libpq does it. */
    record File(Path path) implements Roots {}

    /** {@code system}: those of the Java runtime. */
    record System() implements Roots {}
  }

  /** Whether a certificate of the server must lead to a known authority. */
  public boolean verifiesAuthority() {
    return !(roots instanceof Roots.None);
  }

  /** Whether a certificate of the server must name the host. */
  public boolean verifiesHost() {
    return mode == Mode.VERIFY_FULL;
  }
}
