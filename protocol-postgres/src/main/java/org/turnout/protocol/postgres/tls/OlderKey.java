package org.turnout.protocol.postgres.tls;

import java.io.ByteArrayOutputStream;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Wraps keys in the forms that OpenSSL wrote before PKCS#8 into that form, which is all that the
 * Java runtime reads.
 *
 * <pre>
 * PKCS#8   SEQUENCE { INTEGER 0, SEQUENCE { OID algorithm, parameters }, OCTET STRING key }
 * SEC 1    SEQUENCE { INTEGER 1, OCTET STRING number, [0] { OID curve }, [1] public key }
 * </pre>
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5208">RFC 5208</a>, <a
 *     href="https://www.rfc-editor.org/rfc/rfc5915">RFC 5915</a>
 */
final class OlderKey {
  private static final int SEQUENCE = 0x30;
  private static final int OCTET_STRING = 0x04;
  private static final int CURVE = 0xa0;
  private static final int LONGEST_NAME = 127;
  private static final byte[] VERSION = HexFormat.of().parseHex("020100");

  /** {@code rsaEncryption} with no parameters: 1.2.840.113549.1.1.1. */
  private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");

  /** {@code id-ecPublicKey}: 1.2.840.10045.2.1. */
  private static final byte[] ELLIPTIC_CURVE = HexFormat.of().parseHex("06072a8648ce3d0201");

  private OlderKey() {}

  static PKCS8EncodedKeySpec rsa(byte[] key) {
    return wrap(RSA, key);
  }

  /** Empty when the key does not name its curve. */
  static Optional<PKCS8EncodedKeySpec> ellipticCurve(byte[] key) {
    // SEQUENCE, INTEGER 1, OCTET STRING: short lengths but for the first, up to the largest curve.
    int at = key.length > 2 && (key[1] & 0x80) != 0 ? 2 + (key[1] & 0x7f) : 2;
    at += VERSION.length;
    if (at + 1 >= key.length || key[at] != OCTET_STRING) {
      return Optional.empty();
    }
    at += 2 + (key[at + 1] & 0xff);
    if (at + 2 >= key.length || (key[at] & 0xff) != CURVE) {
      return Optional.empty();
    }
    int length = key[at + 1];
    if (length < 1 || length > LONGEST_NAME || at + 2 + length > key.length) {
      return Optional.empty();
    }
    byte[] curve = Arrays.copyOfRange(key, at + 2, at + 2 + length);
    return Optional.of(wrap(element(SEQUENCE, ELLIPTIC_CURVE, curve), key));
  }

  private static PKCS8EncodedKeySpec wrap(byte[] algorithm, byte[] key) {
    return new PKCS8EncodedKeySpec(
        element(SEQUENCE, VERSION, algorithm, element(OCTET_STRING, key)));
  }

  private static byte[] element(int tag, byte[]... parts) {
    int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(tag);
    if (length < 0x80) {
      bytes.write(length);
    } else {
      int size = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
      bytes.write(0x80 | size);
      for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
        bytes.write(length >>> shift);
      }
    }
    for (byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }
}
