package org.turnout.protocol.postgres.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * Reads certificates and private keys from PEM files, as a PostgreSQL server and libpq take them:
 * keys in PKCS#8, also encrypted, and in the older forms of OpenSSL ({@code RSA PRIVATE KEY},
 * {@code EC PRIVATE KEY}).
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7468">RFC 7468</a>
 */
public final class PemFile {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  private static final String PKCS8 = "PRIVATE KEY";
  private static final String ENCRYPTED = "ENCRYPTED PRIVATE KEY";
  private static final String CERTIFICATE = "CERTIFICATE";

  /** The kinds of keys, tried in this order; the file does not say it in words. */
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "Ed25519", "Ed448");

  private final Path path;
  private final String text;

  private PemFile(Path path, String text) {
    this.path = path;
    this.text = text;
  }

  /**
   * @throws TlsFileException when it is not there or may not be read
   */
  public static PemFile read(Path path) throws TlsFileException {
    try {
      return new PemFile(path, new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1));
    } catch (NoSuchFileException e) {
      throw new TlsFileException("the file " + path + " does not exist", e);
    } catch (IOException e) {
      throw new TlsFileException("the file " + path + " cannot be read (" + e + ")", e);
    }
  }

  /**
   * All certificates of the file, in its order.
   *
   * @throws TlsFileException when there is none, or one is malformed
   */
  public List<X509Certificate> certificates() throws TlsFileException {
    List<X509Certificate> certificates = new ArrayList<>();
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      if (block.group(1).equals(CERTIFICATE)) {
        certificates.add(certificate(decode(block.group(2))));
      }
    }
    if (certificates.isEmpty()) {
      throw new TlsFileException("the file " + path + " holds no certificate in PEM form");
    }
    return certificates;
  }

  private X509Certificate certificate(byte[] der) throws TlsFileException {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(der));
    } catch (GeneralSecurityException e) {
      throw new TlsFileException("the file " + path + " holds a malformed certificate", e);
    }
  }

  /**
   * The first private key of the file.
   *
   * @throws TlsFileException when there is none, it is malformed, or encrypted with another
   *     password
   */
  public PrivateKey privateKey(Optional<String> password) throws TlsFileException {
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      byte[] der = decode(block.group(2));
      switch (block.group(1)) {
        case PKCS8 -> {
          return key(new PKCS8EncodedKeySpec(der));
        }
        case ENCRYPTED -> {
          return key(decrypt(der, password));
        }
        case "RSA PRIVATE KEY" -> {
          return key(OlderKey.rsa(der));
        }
        case "EC PRIVATE KEY" -> {
          return key(ellipticCurve(der));
        }
        default -> {
          // A certificate, or the parameters of a curve.
        }
      }
    }
    throw new TlsFileException("the file " + path + " holds no private key in PEM form");
  }

  private PKCS8EncodedKeySpec ellipticCurve(byte[] der) throws TlsFileException {
    return OlderKey.ellipticCurve(der)
        .orElseThrow(
            () ->
                new TlsFileException(
                    "the key in "
                        + path
                        + " names no curve; convert it: openssl pkcs8 -topk8 -nocrypt"));
  }

  private PrivateKey key(PKCS8EncodedKeySpec spec) throws TlsFileException {
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
      } catch (InvalidKeySpecException ofAnotherKind) {
        // The next kind is tried.
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("the Java runtime lacks " + algorithm, e);
      }
    }
    throw new TlsFileException("the key in " + path + " is malformed or of an unknown kind");
  }

  private PKCS8EncodedKeySpec decrypt(byte[] der, Optional<String> password)
      throws TlsFileException {
    if (password.isEmpty()) {
      throw new TlsFileException("the key in " + path + " is encrypted, and no password is given");
    }
    try {
      EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(der);
      // The name of PBES2 says nothing of its parts; its parameters' text is the name of both.
      String algorithm =
          info.getAlgName().equals("PBES2")
              ? String.valueOf(info.getAlgParameters())
              : info.getAlgName();
      Cipher cipher = Cipher.getInstance(algorithm);
      cipher.init(
          Cipher.DECRYPT_MODE,
          SecretKeyFactory.getInstance(algorithm)
              .generateSecret(new PBEKeySpec(password.get().toCharArray())),
          info.getAlgParameters());
      return info.getKeySpec(cipher);
    } catch (IOException | GeneralSecurityException e) {
      throw new TlsFileException(
          "the key in " + path + " cannot be decrypted; is its password right?", e);
    }
  }

  private byte[] decode(String base64) throws TlsFileException {
    try {
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new TlsFileException("the file " + path + " holds a malformed PEM block", e);
    }
  }
}
