package org.turnout.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * TLS between the clients of a route and Turnout.
 *
 * @param identity what Turnout shows to clients; always there unless the mode is {@link
 *     Mode#DISABLE}
 * @param clientCa the authorities whose client certificates are accepted, PEM
 * @param minimumVersion the oldest version of the protocol that is spoken
 */
public record TlsConfig(
    Mode mode,
    Optional<Identity> identity,
    Optional<Path> clientCa,
    ClientCertificates clientCertificates,
    Version minimumVersion) {
  /** Clients talk in plain text. */
  public static final TlsConfig NONE =
      new TlsConfig(
          Mode.DISABLE,
          Optional.empty(),
          Optional.empty(),
          ClientCertificates.NONE,
          Version.TLS_1_2);

  public TlsConfig {
    if (mode != Mode.DISABLE && identity.isEmpty()) {
      throw new IllegalArgumentException("TLS without a certificate");
    }
  }

  /** Whether clients may, or must, encrypt. */
  public enum Mode {
    DISABLE,
    ALLOW,
    REQUIRE
  }

  /** What is asked of clients besides. */
  public enum ClientCertificates {
    /** No certificate is asked for. */
    NONE,
    /** One is asked for; a client without is served, one with a false certificate is not. */
    REQUEST,
    /** A client without a certificate of the client CA is refused. */
    REQUIRE
  }

  /** Versions of TLS that are safe today. */
  public enum Version {
    TLS_1_2("TLSv1.2"),
    TLS_1_3("TLSv1.3");

    private final String word;

    Version(String word) {
      this.word = word;
    }

    /** As the server's setting {@code ssl_min_protocol_version} spells it. */
    public String word() {
      return word;
    }
  }

  /**
   * A certificate and its key.
   *
   * @param certificate PEM, the certificate itself first, then those between it and its authority
   * @param key PEM
   * @param keyPassword what the key is encrypted with, if it is
   */
  public record Identity(Path certificate, Path key, Optional<Secret> keyPassword) {}
}
