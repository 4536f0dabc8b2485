package org.turnout.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.turnout.config.TlsConfig.ClientCertificates;
import org.turnout.config.TlsConfig.Mode;
import org.turnout.config.TlsConfig.Version;

/** Reads {@code tls:} of a route. Paths are relative to the file. */
final class TlsReader {
  private static final List<String> MODES = List.of("disable", "allow", "require");
  private static final List<String> CERTIFICATES = List.of("none", "request", "require");
  private static final List<String> VERSIONS = List.of("TLSv1.2", "TLSv1.3");
  private static final String EXAMPLE =
      "write `{mode: require, certificate: server.crt, key: server.key}`";

  private final Secrets secrets;
  private final Path directory;

  TlsReader(Secrets secrets, Path directory) {
    this.secrets = secrets;
    this.directory = directory;
  }

  /** What is said; no TLS where nothing is, or where a problem was reported. */
  TlsConfig read(Optional<Value> value) {
    if (value.isEmpty()) {
      return TlsConfig.NONE;
    }
    if (!value.get().isMap()) {
      if (value.get().word(MODES).filter(word -> !word.equals("disable")).isPresent()) {
        value.get().refuse("names no certificate", EXAMPLE);
      }
      return TlsConfig.NONE;
    }
    Section section = value.get().section().orElseThrow();
    Optional<Mode> mode =
        section
            .required("mode", "require")
            .flatMap(it -> it.word(MODES))
            .map(word -> Mode.valueOf(word.toUpperCase(Locale.ROOT)));
    Optional<TlsConfig.Identity> identity = identity(section);
    Optional<Value> clientCa = section.optional("clientCa");
    Optional<Value> asked = section.optional("clientCertificates");
    TlsConfig.Version version = version(section.optional("minimumVersion"));
    section.end();
    if (mode.isEmpty() || mode.get() == Mode.DISABLE || identity.isEmpty()) {
      mode.filter(it -> it != Mode.DISABLE)
          .ifPresent(it -> value.get().refuse("names no certificate and key", EXAMPLE));
      return TlsConfig.NONE;
    }
    return new TlsConfig(
        mode.get(),
        identity,
        clientCa.flatMap(this::path),
        clientCertificates(asked, clientCa.isPresent()),
        version);
  }

  private Optional<TlsConfig.Identity> identity(Section section) {
    Optional<Path> certificate = section.optional("certificate").flatMap(this::path);
    Optional<Path> key = section.optional("key").flatMap(this::path);
    Optional<Secret> password = section.optional("keyPassword").flatMap(secrets::read);
    return certificate.isEmpty() || key.isEmpty()
        ? Optional.empty()
        : Optional.of(new TlsConfig.Identity(certificate.get(), key.get(), password));
  }

  private Optional<Path> path(Value value) {
    return value.path(directory);
  }

  private static Version version(Optional<Value> value) {
    return value
        .flatMap(it -> it.word(VERSIONS))
        .map(word -> word.equals("TLSv1.3") ? Version.TLS_1_3 : Version.TLS_1_2)
        .orElse(Version.TLS_1_2);
  }

  /** Like a server, which asks for certificates as soon as it can check them. */
  private static ClientCertificates clientCertificates(Optional<Value> asked, boolean hasClientCa) {
    ClientCertificates standard =
        hasClientCa ? ClientCertificates.REQUEST : ClientCertificates.NONE;
    ClientCertificates wanted =
        asked
            .flatMap(it -> it.word(CERTIFICATES))
            .map(word -> ClientCertificates.valueOf(word.toUpperCase(Locale.ROOT)))
            .orElse(standard);
    if (wanted != ClientCertificates.NONE && !hasClientCa) {
      asked
          .orElseThrow()
          .refuse("there is nothing to check them by", "add `clientCa: clients-ca.crt`");
    }
    return wanted;
  }
}
