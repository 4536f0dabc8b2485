package org.turnout.protocol.postgres.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.PBEParameterSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys and certificates in the forms in which operators have them. */
class PemFileTest {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(
      value = Algorithm.class,
      names = {"rsa2048", "ecp256", "ecp384", "ed25519"})
  void readsKeysOfEveryUsualKind(Algorithm algorithm) throws Exception {
    X509Bundle bundle = bundle(algorithm);

    KeyAndCertificates read =
        KeyAndCertificates.read(
            file("c", bundle.getCertificatePathPEM()),
            file("k", bundle.getPrivateKeyPEM()),
            Optional.empty());

    assertThat(read.key()).isEqualTo(bundle.getKeyPair().getPrivate());
    assertThat(read.chain()).containsExactly(bundle.getCertificate());
  }

  @Test
  void readsAnRsaKeyInItsOlderForm() throws Exception {
    X509Bundle bundle = bundle(Algorithm.rsa2048);
    // The older form is what stands at the end of PKCS#8, behind 26 bytes of wrapping.
    byte[] encoded = bundle.getKeyPair().getPrivate().getEncoded();
    Path key = file("k", pem("RSA PRIVATE KEY", Arrays.copyOfRange(encoded, 26, encoded.length)));

    assertThat(PemFile.read(key).privateKey(Optional.empty()))
        .isEqualTo(bundle.getKeyPair().getPrivate());
  }

  @Test
  void readsAKeyOfACurveInItsOlderForm() throws Exception {
    // openssl ecparam -genkey -name prime256v1 | openssl ec
    Path key =
        file(
            "k",
            """
            -----BEGIN EC PARAMETERS-----
            BggqhkjOPQMBBw==
            -----END EC PARAMETERS-----
            -----BEGIN EC PRIVATE KEY-----
            MHcCAQEEIE9glklGO4+cvzc8KyTIyXzuik4KGDuUCv98D45jfICgoAoGCCqGSM49
            AwEHoUQDQgAEAnOmiz0sQehAU3vs03iPRZZYc1eB6vK554HBLGC5emw1fkx1SLqv
            FO6O2eeMPMfPCUTTNiGDJGIJvoTsGMz+hA==
            -----END EC PRIVATE KEY-----
            """);

    assertThat(PemFile.read(key).privateKey(Optional.empty()).getAlgorithm()).isEqualTo("EC");
  }

  @Test
  void decryptsAKey() throws Exception {
    X509Bundle bundle = bundle(Algorithm.ecp256);
    Path key = file("k", pem("ENCRYPTED PRIVATE KEY", encrypted(bundle, "opens")));

    assertThat(PemFile.read(key).privateKey(Optional.of("opens")))
        .isEqualTo(bundle.getKeyPair().getPrivate());
    assertThatThrownBy(() -> PemFile.read(key).privateKey(Optional.of("wrong")))
        .isInstanceOf(TlsFileException.class)
        .hasMessageEndingWith("cannot be decrypted; is its password right?");
    assertThatThrownBy(() -> PemFile.read(key).privateKey(Optional.empty()))
        .isInstanceOf(TlsFileException.class)
        .hasMessageEndingWith("is encrypted, and no password is given");
  }

  @Test
  void saysWhatIsWrongWithAFile() throws Exception {
    X509Bundle bundle = bundle(Algorithm.ecp256);
    Path certificate = file("c", bundle.getCertificatePEM());
    Path key = file("k", bundle.getPrivateKeyPEM());
    Path other = file("other", bundle(Algorithm.ecp256).getPrivateKeyPEM());

    assertThatThrownBy(() -> PemFile.read(directory.resolve("none")))
        .isInstanceOf(TlsFileException.class)
        .hasMessageEndingWith("none does not exist");
    assertThatThrownBy(() -> PemFile.read(key).certificates())
        .hasMessageEndingWith("holds no certificate in PEM form");
    assertThatThrownBy(() -> PemFile.read(certificate).privateKey(Optional.empty()))
        .hasMessageEndingWith("holds no private key in PEM form");
    assertThatThrownBy(
            () -> PemFile.read(file("b", pem("CERTIFICATE", new byte[9]))).certificates())
        .hasMessageEndingWith("holds a malformed certificate");
    assertThatThrownBy(
            () ->
                PemFile.read(file("b", pem("PRIVATE KEY", new byte[9])))
                    .privateKey(Optional.empty()))
        .hasMessageEndingWith("is malformed or of an unknown kind");
    assertThatThrownBy(() -> KeyAndCertificates.read(certificate, other, Optional.empty()))
        .isInstanceOf(TlsFileException.class)
        .hasMessageContaining("is not that of the certificate in");
  }

  private static X509Bundle bundle(Algorithm algorithm) throws Exception {
    return new CertificateBuilder()
        .algorithm(algorithm)
        .subject("CN=localhost")
        .setIsCertificateAuthority(true)
        .buildSelfSigned();
  }

  private static byte[] encrypted(X509Bundle bundle, String password) throws Exception {
    String algorithm = "PBEWithHmacSHA256AndAES_256";
    Cipher cipher = Cipher.getInstance(algorithm);
    cipher.init(
        Cipher.ENCRYPT_MODE,
        SecretKeyFactory.getInstance(algorithm)
            .generateSecret(new PBEKeySpec(password.toCharArray())),
        new PBEParameterSpec(new byte[8], 1000));
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("PBES2");
    parameters.init(cipher.getParameters().getEncoded());
    byte[] sealed = cipher.doFinal(bundle.getKeyPair().getPrivate().getEncoded());
    return new EncryptedPrivateKeyInfo(parameters, sealed).getEncoded();
  }

  private Path file(String name, String text) throws Exception {
    return Files.writeString(directory.resolve(name), text);
  }

  private static String pem(String kind, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(kind, Base64.getMimeEncoder().encodeToString(der), kind);
  }
}
