package org.turnout.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.turnout.protocol.postgres.tls.KeyAndCertificates;

class OwnCertificateTest {
  @TempDir private Path directory;

  @Test
  void theCertificateIsOfLocalhostAndOnlyItsOwnerReadsTheKey() throws Exception {
    OwnCertificate made = OwnCertificate.make(directory);

    X509Certificate certificate =
        KeyAndCertificates.read(made.certificate(), made.key(), Optional.empty())
            .chain()
            .getFirst();
    assertThat(certificate.getSubjectAlternativeNames())
        .containsExactlyInAnyOrder(List.of(2, "localhost"), List.of(7, "127.0.0.1"));
    assertThat(Files.getPosixFilePermissions(made.key()))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactlyInAnyOrder(made.certificate(), made.key());
    }
  }

  @Test
  void aCopyIsTheSameAndAsPrivate() throws Exception {
    OwnCertificate made = OwnCertificate.make(directory);
    OwnCertificate copied = made.copyTo(Files.createDirectory(directory.resolve("other")));

    assertThat(copied.certificate()).hasSameBinaryContentAs(made.certificate());
    assertThat(copied.key()).hasSameBinaryContentAs(made.key());
    assertThat(Files.getPosixFilePermissions(copied.key()))
        .isEqualTo(Files.getPosixFilePermissions(made.key()));
  }

  @Test
  void whatTheToolSaysIsToldWhenItFails() {
    assertThatThrownBy(() -> OwnCertificate.make(directory.resolve("missing")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("keytool made no certificate: ");
  }
}
