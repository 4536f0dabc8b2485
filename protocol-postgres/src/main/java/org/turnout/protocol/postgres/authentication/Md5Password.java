package org.turnout.protocol.postgres.authentication;

import io.netty.buffer.ByteBufUtil;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * MD5 passwords: what a server stores, and what a client answers to AuthenticationMD5Password.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-flow.html">Message flow,
 *     AuthenticationMD5Password</a>
 */
public final class Md5Password {
  private static final String PREFIX = "md5";
  private static final int LENGTH = 35;

  private Md5Password() {}

  /** Whether a stored verifier is of this kind. */
  public static boolean isVerifier(String stored) {
    return stored.startsWith(PREFIX)
        && stored.length() == LENGTH
        && stored.chars().skip(PREFIX.length()).allMatch(Md5Password::isDigit);
  }

  /** As a server writes hexadecimal digits. */
  private static boolean isDigit(int c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  }

  /** What a server stores for a role: {@code md5} and 32 hexadecimal digits. */
  public static String verifier(String role, String password) {
    return PREFIX + hash((password + role).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * What a client answers.
   *
   * @param verifier as {@link #verifier} gives it; the password itself is not needed
   * @param salt of the server, as a big-endian number
   */
  public static String answer(String verifier, int salt) {
    if (!isVerifier(verifier)) {
      throw new IllegalArgumentException("not an MD5 verifier");
    }
    byte[] hash = verifier.substring(PREFIX.length()).getBytes(StandardCharsets.US_ASCII);
    return PREFIX + hash(ByteBuffer.allocate(hash.length + 4).put(hash).putInt(salt).array());
  }

  /** Whether a client's answer proves the password, compared in constant time. */
  public static boolean isAnswer(String verifier, int salt, String answer) {
    return MessageDigest.isEqual(
        answer(verifier, salt).getBytes(StandardCharsets.UTF_8),
        answer.getBytes(StandardCharsets.UTF_8));
  }

  private static String hash(byte[] bytes) {
    try {
      return ByteBufUtil.hexDump(MessageDigest.getInstance("MD5").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("the Java runtime lacks MD5", e);
    }
  }
}
