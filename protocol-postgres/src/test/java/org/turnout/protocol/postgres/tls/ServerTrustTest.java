package org.turnout.protocol.postgres.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which servers are believed, and in which words the others are not. */
class ServerTrustTest {
  private X509Bundle authority;

  @BeforeEach
  void makeAuthority() throws Exception {
    authority = builder("CN=Our Authority").setIsCertificateAuthority(true).buildSelfSigned();
  }

  @Test
  void believesACertificateOfTheAuthority() throws Exception {
    X509Bundle server = builder("CN=db").addSanDnsName("db.example").buildIssuedBy(authority);

    assertThatCode(() -> check(trust(Optional.empty()), server)).doesNotThrowAnyException();
    assertThatCode(() -> check(trust(Optional.of("db.example")), server))
        .doesNotThrowAnyException();
    assertThatCode(() -> check(ServerTrust.ofAnyone(), server)).doesNotThrowAnyException();
  }

  @Test
  void namesTheHostsThatACertificateIsFor() throws Exception {
    X509Bundle server =
        builder("CN=old")
            .addSanDnsName("a.example")
            .addSanDnsName("b.example")
            .buildIssuedBy(authority);

    assertThatThrownBy(() -> check(trust(Optional.of("old")), server))
        .isInstanceOf(ServerTrust.DistrustException.class)
        .hasMessage("the server's certificate is for a.example, b.example, not for old");
  }

  @Test
  void namesAnUnknownAuthority() throws Exception {
    X509Bundle other =
        builder("CN=Their Authority").setIsCertificateAuthority(true).buildSelfSigned();
    X509Bundle server = builder("CN=db").buildIssuedBy(other);

    assertThatThrownBy(() -> check(trust(Optional.empty()), server))
        .isInstanceOf(ServerTrust.DistrustException.class)
        .hasMessage(
            "the server's certificate (issued by CN=Their Authority) is of no authority that"
                + " sslrootcert names");
  }

  @Test
  void namesTheEndOfACertificate() throws Exception {
    Instant end = Instant.parse("2021-05-06T07:08:09Z");
    X509Bundle server =
        builder("CN=db")
            .notBefore(end.minus(Duration.ofDays(9)))
            .notAfter(end)
            .buildIssuedBy(authority);

    assertThatThrownBy(() -> check(trust(Optional.empty()), server))
        .isInstanceOf(ServerTrust.DistrustException.class)
        .hasMessageContaining("has expired (its own is valid until 2021-05-06T07:08:09Z)");
  }

  @Test
  void anExpiredCertificateIsNotBelievedBecauseItIsAmongTheAuthorities() throws Exception {
    Instant end = Instant.now().minus(Duration.ofDays(2));
    X509Bundle server =
        builder("CN=db")
            .notBefore(end.minus(Duration.ofDays(9)))
            .notAfter(end)
            .setIsCertificateAuthority(true)
            .buildSelfSigned();

    assertThatThrownBy(
            () -> check(ServerTrust.of(List.of(server.getCertificate()), Optional.empty()), server))
        .hasMessageContaining("has expired");
  }

  @Test
  void namesTheBeginningOfACertificate() throws Exception {
    Instant begin = Instant.now().plus(Duration.ofDays(2));
    X509Bundle server =
        builder("CN=db")
            .notBefore(begin)
            .notAfter(begin.plus(Duration.ofDays(9)))
            .buildIssuedBy(authority);

    assertThatThrownBy(() -> check(trust(Optional.empty()), server))
        .hasMessageContaining("is valid only from");
  }

  @Test
  void aRefusalIsFoundBelowWhatWrapsIt() throws Exception {
    X509Bundle server = builder("CN=db").buildIssuedBy(authority);
    Throwable refusal =
        org.assertj.core.api.Assertions.catchThrowable(
            () -> check(trust(Optional.of("other")), server));

    assertThat(
            ServerTrust.refusal(
                new RuntimeException(new SSLHandshakeException("x").initCause(refusal))))
        .contains("the server's certificate is for db, not for other");
    assertThat(ServerTrust.refusal(new RuntimeException("x"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "db.example, db.example, true",
    "DB.example, db.EXAMPLE, true",
    "*.example, db.example, true",
    "*.example, a.db.example, false",
    "*.example, example, false",
    "*.example, .example, false",
    "d*.example, db.example, false",
    "db.example, example, false",
    "10.0.0.7, 10.0.0.7, true",
    "10.0.0.7, 10.0.0.8, false",
    "'::1', '0:0:0:0:0:0:0:1', true",
  })
  void namesAreComparedAsLibpqDoesIt(String name, String host, boolean isNamed) throws Exception {
    boolean isAddress = name.matches("[0-9.]+|.*:.*");
    CertificateBuilder builder =
        isAddress ? builder("CN=x").addSanIpAddress(name) : builder("CN=" + name);
    X509Bundle named = builder.setIsCertificateAuthority(true).buildSelfSigned();

    assertThat(HostName.isNamed(named.getCertificate(), host)).isEqualTo(isNamed);
    assertThat(HostName.commonName(named.getCertificate())).contains(isAddress ? "x" : name);
  }

  @Test
  void theCertificateOfAServerBindsAnExchange() throws Exception {
    X509Certificate sha256 =
        builder("CN=db")
            .algorithm(Algorithm.ecp256)
            .setIsCertificateAuthority(true)
            .buildSelfSigned()
            .getCertificate();
    X509Certificate sha384 =
        builder("CN=db")
            .algorithm(Algorithm.ecp384)
            .setIsCertificateAuthority(true)
            .buildSelfSigned()
            .getCertificate();
    X509Certificate none =
        builder("CN=db")
            .algorithm(Algorithm.ed25519)
            .setIsCertificateAuthority(true)
            .buildSelfSigned()
            .getCertificate();

    assertThat(ServerEndPoint.of(sha256).orElseThrow()).isEqualTo(hash("SHA-256", sha256));
    assertThat(ServerEndPoint.of(sha384).orElseThrow()).isEqualTo(hash("SHA-384", sha384));
    assertThat(ServerEndPoint.of(none)).isEmpty();
  }

  private static byte[] hash(String algorithm, X509Certificate certificate) throws Exception {
    return MessageDigest.getInstance(algorithm).digest(certificate.getEncoded());
  }

  private ServerTrust trust(Optional<String> host) {
    return ServerTrust.of(List.of(authority.getCertificate()), host);
  }

  private static void check(ServerTrust trust, X509Bundle server) throws Exception {
    trust.checkServerTrusted(server.getCertificatePath(), "UNKNOWN");
  }

  private static CertificateBuilder builder(String subject) {
    return new CertificateBuilder().algorithm(Algorithm.ecp256).subject(subject);
  }
}
