package org.turnout.protocol.postgres.authentication;

import java.security.SecureRandom;
import java.util.Arrays;

/**
 * Verifiers of roles that do not exist or have no password, so that such an exchange looks and
 * lasts like one with a wrong password and tells nobody which roles exist.
 *
 * <p>A role's mock salt stays the same as long as the process runs. No proof satisfies a mock
 * verifier: its stored key is no hash of a known key. Thread safe.
 */
public final class MockVerifiers {
  /** The iteration count that servers use unless told otherwise. */
  public static final int DEFAULT_ITERATIONS = 4096;

  private static final int SALT = 16;

  private final byte[] secret;

  public MockVerifiers() {
    this(new SecureRandom().generateSeed(ScramCrypto.KEY));
  }

  MockVerifiers(byte[] secret) {
    this.secret = secret.clone();
  }

  public ScramVerifier of(String role) {
    return new ScramVerifier(
        DEFAULT_ITERATIONS,
        Arrays.copyOf(ScramCrypto.hmac(secret, "salt " + role), SALT),
        ScramCrypto.hmac(secret, "stored " + role),
        ScramCrypto.hmac(secret, "server " + role));
  }
}
