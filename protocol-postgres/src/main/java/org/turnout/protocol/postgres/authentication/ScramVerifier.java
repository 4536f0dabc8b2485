package org.turnout.protocol.postgres.authentication;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * What a server stores to check a SCRAM-SHA-256 password.
 *
 * <pre>SCRAM-SHA-256$&lt;iterations&gt;:&lt;salt&gt;$&lt;StoredKey&gt;:&lt;ServerKey&gt;   (base64)
 * </pre>
 *
 * Immutable; shown without its keys.
 *
 * @see <a href="https://www.postgresql.org/docs/current/catalog-pg-authid.html">pg_authid</a>
 */
public final class ScramVerifier {
  private static final String PREFIX = "SCRAM-SHA-256$";

  private final int iterations;
  private final byte[] salt;
  private final byte[] storedKey;
  private final byte[] serverKey;

  ScramVerifier(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
    this.iterations = iterations;
    this.salt = salt;
    this.storedKey = storedKey;
    this.serverKey = serverKey;
  }

  /** Reads {@code rolpassword}; empty when it is of another kind or malformed. */
  public static Optional<ScramVerifier> parse(String stored) {
    String[] parts = stored.split("\\$", -1);
    if (!stored.startsWith(PREFIX) || parts.length != 3) {
      return Optional.empty();
    }
    String[] parameters = parts[1].split(":", -1);
    String[] keys = parts[2].split(":", -1);
    if (parameters.length != 2 || keys.length != 2) {
      return Optional.empty();
    }
    try {
      Base64.Decoder base64 = Base64.getDecoder();
      ScramVerifier verifier =
          new ScramVerifier(
              Integer.parseInt(parameters[0]),
              base64.decode(parameters[1]),
              base64.decode(keys[0]),
              base64.decode(keys[1]));
      return verifier.isWellFormed() ? Optional.of(verifier) : Optional.empty();
    } catch (IllegalArgumentException notNumberOrNotBase64) {
      return Optional.empty();
    }
  }

  private boolean isWellFormed() {
    return iterations > 0
        && salt.length > 0
        && storedKey.length == ScramCrypto.KEY
        && serverKey.length == ScramCrypto.KEY;
  }

  /** The text as a server stores it. */
  public String format() {
    return PREFIX
        + iterations
        + ':'
        + ScramCrypto.base64(salt)
        + '$'
        + ScramCrypto.base64(storedKey)
        + ':'
        + ScramCrypto.base64(serverKey);
  }

  int iterations() {
    return iterations;
  }

  byte[] salt() {
    return salt;
  }

  byte[] storedKey() {
    return storedKey;
  }

  byte[] serverKey() {
    return serverKey;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ScramVerifier verifier
        && iterations == verifier.iterations
        && Arrays.equals(salt, verifier.salt)
        && MessageDigest.isEqual(storedKey, verifier.storedKey)
        && MessageDigest.isEqual(serverKey, verifier.serverKey);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(salt);
  }

  @Override
  public String toString() {
    return "ScramVerifier[iterations=" + iterations + "]";
  }
}
