package org.turnout.proxy.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.Secret;
import org.turnout.config.TlsConfig;
import org.turnout.protocol.postgres.tls.KeyAndCertificates;
import org.turnout.protocol.postgres.tls.PemFile;
import org.turnout.protocol.postgres.tls.TlsFileException;

/**
 * TLS towards the clients of a route: the certificate that Turnout shows, what it asks of clients,
 * and that both are replaced while it runs. Safe for any thread.
 */
public final class ClientTls {
  private static final Logger LOG = LoggerFactory.getLogger(ClientTls.class);

  private final String what;
  private final TlsConfig config;
  private final FollowedFiles<Made> files;

  /** What the log was told of that is out of date. */
  private @Nullable KeyAndCertificates warnedOf;

  /** What is made of the files. */
  private record Made(SslContext context, KeyAndCertificates own) {}

  private ClientTls(String what, TlsConfig config, FollowedFiles<Made> files) {
    this.what = what;
    this.config = config;
    this.files = files;
  }

  /**
   * Reads the files.
   *
   * @param route for the log
   * @param config of a mode other than {@code disable}
   * @param application what a client that begins with TLS itself must ask for (ALPN)
   * @throws TlsFileException when one cannot be used
   */
  static ClientTls load(String route, TlsConfig config, String application)
      throws TlsFileException {
    TlsConfig.Identity identity = config.identity().orElseThrow();
    List<Path> files = new ArrayList<>(List.of(identity.certificate(), identity.key()));
    config.clientCa().ifPresent(files::add);
    String what = "route " + route + ", TLS to clients";
    return new ClientTls(
        what, config, new FollowedFiles<>(what, files, () -> make(config, application)));
  }

  private static Made make(TlsConfig config, String application) throws TlsFileException {
    TlsConfig.Identity identity = config.identity().orElseThrow();
    KeyAndCertificates own =
        KeyAndCertificates.read(
            identity.certificate(), identity.key(), identity.keyPassword().map(Secret::reveal));
    try {
      SslContextBuilder builder =
          SslContextBuilder.forServer(own.key(), own.chain())
              .sslProvider(TlsEngine.provider())
              .protocols(versions(config))
              .applicationProtocolConfig(
                  new ApplicationProtocolConfig(
                      Protocol.ALPN,
                      SelectorFailureBehavior.NO_ADVERTISE,
                      SelectedListenerFailureBehavior.ACCEPT,
                      application));
      if (config.clientCa().isPresent()) {
        List<X509Certificate> authorities = PemFile.read(config.clientCa().get()).certificates();
        builder.trustManager(authorities).clientAuth(clientAuthentication(config));
      }
      return new Made(builder.build(), own);
    } catch (SSLException | IllegalArgumentException e) {
      throw new TlsFileException(
          "the certificate in " + identity.certificate() + " cannot be used: " + e.getMessage(), e);
    }
  }

  /** That one is missing is said after the start, in words; a false one fails the handshake. */
  private static ClientAuth clientAuthentication(TlsConfig config) {
    return config.clientCertificates() == TlsConfig.ClientCertificates.NONE
        ? ClientAuth.NONE
        : ClientAuth.OPTIONAL;
  }

  private static List<String> versions(TlsConfig config) {
    return Arrays.stream(TlsConfig.Version.values())
        .filter(version -> version.compareTo(config.minimumVersion()) >= 0)
        .map(TlsConfig.Version::word)
        .toList();
  }

  /**
   * What encrypts one connection; its handshake takes as long as the connection's own timer lets
   * it.
   */
  public SslHandler handler(ByteBufAllocator allocator) {
    SslHandler handler = files.current().context().newHandler(allocator);
    handler.setHandshakeTimeoutMillis(0);
    return handler;
  }

  /** Whether clients in plain text are refused. */
  public boolean isRequired() {
    return config.mode() == TlsConfig.Mode.REQUIRE;
  }

  /** Whether clients without a certificate are refused. */
  public boolean requiresCertificate() {
    return config.clientCertificates() == TlsConfig.ClientCertificates.REQUIRE;
  }

  /** Why clients that look at the dates of the certificate do not take it today, if so. */
  public Optional<String> outOfDate() {
    return files.current().own().outOfDate();
  }

  /** Says that in the log, if so, once for each certificate. */
  public synchronized void warnIfOutOfDate() {
    KeyAndCertificates own = files.current().own();
    Optional<String> why = own.outOfDate();
    if (why.isPresent() && !own.equals(warnedOf)) {
      warnedOf = own;
      LOG.warn(
          "{}: clients may refuse the certificate in {}: {}",
          what,
          config.identity().orElseThrow().certificate(),
          why.get());
    }
  }

  /** Uses the files anew if they have changed. May block. */
  void check() {
    files.check();
    warnIfOutOfDate();
  }
}
