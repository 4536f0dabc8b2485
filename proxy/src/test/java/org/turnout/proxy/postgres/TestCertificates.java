package org.turnout.proxy.postgres;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.turnout.config.TlsConfig;
import org.turnout.config.TlsConfig.ClientCertificates;
import org.turnout.config.TlsConfig.Mode;

/** An authority of a test's own, and files with what it has signed. */
final class TestCertificates {
  private final Path directory;
  private final X509Bundle authority;
  final Path roots;

  TestCertificates(Path directory) throws Exception {
    this.directory = directory;
    authority = builder("CN=Authority of a test").setIsCertificateAuthority(true).buildSelfSigned();
    roots = Files.writeString(directory.resolve("roots.crt"), authority.getCertificatePEM());
  }

  static CertificateBuilder builder(String subject) {
    return new CertificateBuilder().algorithm(Algorithm.ecp256).subject(subject);
  }

  /** Of a client; its driver reads keys of this kind. */
  static CertificateBuilder client(String subject) {
    return builder(subject).algorithm(Algorithm.rsa2048);
  }

  /** Of a server that is reached as localhost. */
  static CertificateBuilder localhost() {
    return builder("CN=localhost").addSanDnsName("localhost").addSanIpAddress("127.0.0.1");
  }

  X509Bundle sign(CertificateBuilder certificate) throws Exception {
    return certificate.buildIssuedBy(authority);
  }

  /** Writes {@code name.crt} and {@code name.key}. */
  TlsConfig.Identity write(String name, X509Bundle bundle) throws Exception {
    Path certificate = directory.resolve(name + ".crt");
    Path key = directory.resolve(name + ".key");
    Files.writeString(certificate, bundle.getCertificatePathPEM());
    Files.writeString(key, bundle.getPrivateKeyPEM());
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    return new TlsConfig.Identity(certificate, key, Optional.empty());
  }

  TlsConfig.Identity write(String name, CertificateBuilder certificate) throws Exception {
    return write(name, sign(certificate));
  }

  /** Of a route, with a certificate of the authority for localhost. */
  TlsConfig route(Mode mode) throws Exception {
    return route(mode, ClientCertificates.NONE);
  }

  TlsConfig route(Mode mode, ClientCertificates asked) throws Exception {
    return new TlsConfig(
        mode,
        Optional.of(write("route", localhost())),
        asked == ClientCertificates.NONE ? Optional.empty() : Optional.of(roots),
        asked,
        TlsConfig.Version.TLS_1_2);
  }

  /** The options of the driver that check the server. */
  String[] verifying() {
    return new String[] {"sslmode=verify-full", "sslrootcert=" + roots};
  }
}
