package org.turnout.protocol.postgres.authentication;

import java.util.Arrays;

/**
 * Verifiers of roles that do not exist or have no password, so that such an exchange looks and
 * lasts like one with a wrong password and tells nobody which roles exist.
 *
 * <p>A role's mock salt stays the same as long as the secret does, which therefore outlives the
 * process: a salt that changes is no server's. No proof satisfies a mock verifier: its stored key
 * is no hash of a known key. Thread safe.
 */
public final class MockVerifiers {
  /** The iteration count that servers use unless told otherwise. */
  public static final int DEFAULT_ITERATIONS = 4096;

  /** How long a secret is at least. */
  public static final int SECRET = 32;

  private static final int SALT = 16;

  private final byte[] secret;

  /**
   * @param secret random, of {@value #SECRET} bytes or more
   * @param scope whose roles they are: the salts of others tell nothing of theirs
   */
  public MockVerifiers(byte[] secret, String scope) {
    this.secret = ScramCrypto.hmac(secret, "mocks of " + scope);
  }

  /** The verifier of a password that is known here, with the salt that the role has without one. */
  public ScramVerifier ofPassword(String role, String password) {
    return ScramKeys.derive(password, salt(role), DEFAULT_ITERATIONS).verifier();
  }

  private byte[] salt(String role) {
    return Arrays.copyOf(ScramCrypto.hmac(secret, "salt " + role), SALT);
  }

  /** The verifier of a role that is not there, or has no password. */
  public ScramVerifier of(String role) {
    return new ScramVerifier(
        DEFAULT_ITERATIONS,
        salt(role),
        ScramCrypto.hmac(secret, "stored " + role),
        ScramCrypto.hmac(secret, "server " + role));
  }
}
