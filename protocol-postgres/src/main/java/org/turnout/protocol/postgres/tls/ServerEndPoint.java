package org.turnout.protocol.postgres.tls;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Locale;
import java.util.Optional;

/**
 * The channel binding {@code tls-server-end-point}: a hash of the server's certificate, which a
 * SCRAM exchange carries so that nobody in the middle can pass it on.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5929#section-4">RFC 5929 section 4</a>
 */
public final class ServerEndPoint {
  /** Name of the binding in a SCRAM exchange. */
  public static final String NAME = "tls-server-end-point";

  private ServerEndPoint() {}

  /**
   * The hash of a certificate, by the algorithm that it is signed with, SHA-256 in place of the
   * broken ones; empty where that algorithm has no hash of its own, for which nothing is defined.
   */
  public static Optional<byte[]> of(X509Certificate certificate) {
    String signature = certificate.getSigAlgName().toUpperCase(Locale.ROOT);
    int with = signature.indexOf("WITH");
    if (with < 0) {
      return Optional.empty();
    }
    String hash =
        switch (signature.substring(0, with)) {
          case "MD5", "SHA1", "SHA256" -> "SHA-256";
          case "SHA224" -> "SHA-224";
          case "SHA384" -> "SHA-384";
          case "SHA512" -> "SHA-512";
          default -> "";
        };
    if (hash.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(MessageDigest.getInstance(hash).digest(certificate.getEncoded()));
    } catch (CertificateEncodingException e) {
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the Java runtime lacks " + hash, e);
    }
  }
}
