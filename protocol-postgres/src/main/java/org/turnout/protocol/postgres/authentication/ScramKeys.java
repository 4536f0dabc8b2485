package org.turnout.protocol.postgres.authentication;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * What a client needs of a password to authenticate to any server that stores the verifier of the
 * same password, salt and iteration count: with these keys the password itself is not needed.
 *
 * <p>As good as a password: kept in memory only, never shown. Immutable.
 */
public final class ScramKeys {
  private final byte[] clientKey;
  private final byte[] serverKey;
  private final byte[] salt;
  private final int iterations;
  private final boolean worthless;

  ScramKeys(byte[] clientKey, byte[] serverKey, byte[] salt, int iterations) {
    this(clientKey, serverKey, salt, iterations, false);
  }

  private ScramKeys(
      byte[] clientKey, byte[] serverKey, byte[] salt, int iterations, boolean worthless) {
    this.worthless = worthless;
    this.clientKey = clientKey;
    this.serverKey = serverKey;
    this.salt = salt;
    this.iterations = iterations;
  }

  /**
   * Derives the keys of a password. Takes milliseconds of processor time by design.
   *
   * @throws IllegalArgumentException when the password is empty or the count not positive
   */
  public static ScramKeys derive(String password, byte[] salt, int iterations) {
    if (iterations < 1) {
      throw new IllegalArgumentException("iteration count " + iterations + " is not positive");
    }
    byte[] salted = ScramCrypto.saltedPassword(password, salt, iterations);
    return new ScramKeys(
        ScramCrypto.hmac(salted, "Client Key"),
        ScramCrypto.hmac(salted, "Server Key"),
        salt.clone(),
        iterations);
  }

  /** Keys of no password, which open nothing and tell nothing of any that do. */
  static ScramKeys worthless(byte[] salt, int iterations) {
    SecureRandom random = new SecureRandom();
    byte[] clientKey = new byte[ScramCrypto.KEY];
    byte[] serverKey = new byte[ScramCrypto.KEY];
    random.nextBytes(clientKey);
    random.nextBytes(serverKey);
    return new ScramKeys(clientKey, serverKey, salt, iterations, true);
  }

  boolean isWorthless() {
    return worthless;
  }

  /** The verifier that a server stores for these keys. */
  public ScramVerifier verifier() {
    return new ScramVerifier(
        iterations, salt.clone(), ScramCrypto.sha256(clientKey), serverKey.clone());
  }

  byte[] clientKey() {
    return clientKey;
  }

  byte[] serverKey() {
    return serverKey;
  }

  boolean isFor(byte[] otherSalt, int otherIterations) {
    return iterations == otherIterations && Arrays.equals(salt, otherSalt);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ScramKeys keys
        && MessageDigest.isEqual(clientKey, keys.clientKey)
        && MessageDigest.isEqual(serverKey, keys.serverKey)
        && isFor(keys.salt, keys.iterations);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(salt);
  }

  @Override
  public String toString() {
    return "ScramKeys[…]";
  }
}
