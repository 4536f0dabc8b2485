package org.turnout.protocol.postgres.tls;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * What one end shows to the other: a certificate, those between it and its authority, and the key
 * that belongs to it.
 */
public record KeyAndCertificates(PrivateKey key, List<X509Certificate> chain) {
  private static final byte[] SAMPLE = {1, 2, 3};

  public KeyAndCertificates {
    chain = List.copyOf(chain);
  }

  /**
   * Reads both.
   *
   * @throws TlsFileException when one cannot be used, or they do not belong together
   */
  public static KeyAndCertificates read(Path certificate, Path key, Optional<String> keyPassword)
      throws TlsFileException {
    List<X509Certificate> chain = PemFile.read(certificate).certificates();
    PrivateKey privateKey = PemFile.read(key).privateKey(keyPassword);
    if (!belongTogether(privateKey, chain.getFirst().getPublicKey())) {
      throw new TlsFileException(
          "the key in " + key + " is not that of the certificate in " + certificate);
    }
    return new KeyAndCertificates(privateKey, chain);
  }

  private static boolean belongTogether(PrivateKey key, PublicKey certified) {
    String algorithm =
        switch (certified.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> certified.getAlgorithm();
        };
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(SAMPLE);
      byte[] signed = signature.sign();
      signature.initVerify(certified);
      signature.update(SAMPLE);
      return signature.verify(signed);
    } catch (GeneralSecurityException ofDifferentKinds) {
      return false;
    }
  }

  /** Why a peer that looks at the dates of the certificate does not take it today, if so. */
  public Optional<String> outOfDate() {
    X509Certificate own = chain.getFirst();
    try {
      own.checkValidity();
      return Optional.empty();
    } catch (CertificateExpiredException e) {
      return Optional.of("it has expired, it was valid until " + own.getNotAfter().toInstant());
    } catch (CertificateNotYetValidException e) {
      return Optional.of("it is valid only from " + own.getNotBefore().toInstant());
    }
  }

  @Override
  public String toString() {
    return "KeyAndCertificates[" + chain.getFirst().getSubjectX500Principal() + "]";
  }
}
