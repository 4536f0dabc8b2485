package org.turnout.protocol.postgres.message;

import java.security.MessageDigest;
import java.util.Arrays;
import org.turnout.protocol.postgres.ProtocolException;

/**
 * The secret of a cancel key: 4 bytes in protocol 3.0, up to 256 in 3.2. Compared in constant time;
 * never shown.
 */
public final class SecretKey {
  static final int MINIMUM = 4;
  static final int MAXIMUM = 256;

  private final byte[] bytes;

  /**
   * @throws ProtocolException when it is shorter than 4 or longer than 256 bytes
   */
  public SecretKey(byte[] bytes) {
    if (bytes.length < MINIMUM || bytes.length > MAXIMUM) {
      throw new ProtocolException("invalid length of cancel key " + bytes.length);
    }
    this.bytes = bytes.clone();
  }

  public byte[] bytes() {
    return bytes.clone();
  }

  public int length() {
    return bytes.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SecretKey key && MessageDigest.isEqual(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "SecretKey[" + bytes.length + " bytes]";
  }
}
