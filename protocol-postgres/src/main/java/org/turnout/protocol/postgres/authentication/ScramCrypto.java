package org.turnout.protocol.postgres.authentication;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.turnout.protocol.postgres.ProtocolException;

/**
 * The functions of RFC 5802 section 2.2, over SHA-256.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5802#section-2.2">RFC 5802</a>
 */
final class ScramCrypto {
  /** Bytes of every key, signature and proof. */
  static final int KEY = 32;

  private static final String HMAC = "HmacSHA256";

  private ScramCrypto() {}

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (GeneralSecurityException e) {
      throw missing(e);
    }
  }

  static byte[] hmac(byte[] key, String text) {
    return mac(key).doFinal(text.getBytes(StandardCharsets.UTF_8));
  }

  /** {@code Hi(password, salt, iterations)}: PBKDF2 with one block. */
  static byte[] saltedPassword(String password, byte[] salt, int iterations) {
    byte[] prepared = SaslPrep.prepare(password).getBytes(StandardCharsets.UTF_8);
    if (prepared.length == 0) {
      throw new IllegalArgumentException("a password cannot be empty");
    }
    Mac mac = mac(prepared);
    mac.update(salt);
    byte[] block = mac.doFinal(new byte[] {0, 0, 0, 1});
    byte[] result = block.clone();
    for (int i = 1; i < iterations; i++) {
      block = mac.doFinal(block);
      for (int b = 0; b < KEY; b++) {
        result[b] ^= block[b];
      }
    }
    return result;
  }

  static byte[] xor(byte[] left, byte[] right) {
    byte[] result = new byte[left.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = (byte) (left[i] ^ right[i]);
    }
    return result;
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  /**
   * @throws ProtocolException when it is not base64
   */
  static byte[] base64(String text) {
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new ProtocolException("malformed SCRAM message: invalid base64");
    }
  }

  private static Mac mac(byte[] key) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(key, HMAC));
      return mac;
    } catch (GeneralSecurityException e) {
      throw missing(e);
    }
  }

  private static IllegalStateException missing(GeneralSecurityException cause) {
    return new IllegalStateException("the Java runtime lacks SHA-256", cause);
  }
}
