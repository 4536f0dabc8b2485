package org.turnout.sync.side;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Optional;
import java.util.Properties;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;
import org.turnout.config.HostPort;
import org.turnout.config.SideConfig;
import org.turnout.config.SideTls;
import org.turnout.config.SocketFile;
import org.turnout.config.TlsConfig;
import org.turnout.protocol.postgres.tls.KeyAndCertificates;
import org.turnout.protocol.postgres.tls.TlsFileException;

/**
 * TLS of the control connections: what the driver makes by name, for each connection, so that
 * replaced files are used by the next one. It believes and shows what the connections of sessions
 * do. The driver hands over text only, hence the way by its properties. Confined to the connecting
 * thread.
 */
public final class SideSocketFactory extends SSLSocketFactory {
  private static final char[] IN_MEMORY = "in memory only".toCharArray();

  private final SSLSocketFactory delegate;
  private final Optional<SocketHandover> handover;

  /** Called by the driver with the properties of the connection. */
  public SideSocketFactory(Properties properties) throws GeneralSecurityException, IOException {
    SideConfig side = side(properties);
    handover = SocketHandover.of(properties);
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys(side), new TrustManager[] {SideTrust.of(side)}, null);
      delegate = context.getSocketFactory();
    } catch (TlsFileException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** Sets what the driver needs to connect as the side's configuration says. */
  static void describe(SideConfig side, Properties properties) {
    if (side.address() instanceof SocketFile file) {
      PGProperty.SOCKET_FACTORY.set(properties, UnixSocketFactory.class.getName());
      PGProperty.SOCKET_FACTORY_ARG.set(properties, file.path().toString());
    }
    SideTls tls = side.tls();
    PGProperty.SSL_MODE.set(properties, tls.mode().word());
    if (tls.mode() == SideTls.Mode.DISABLE) {
      return;
    }
    PGProperty.SSL_FACTORY.set(properties, SideSocketFactory.class.getName());
    PGProperty.SSL_FACTORY_ARG.set(properties, side.address().host());
    if (tls.direct()) {
      PGProperty.SSL_NEGOTIATION.set(properties, "direct");
    }
    switch (tls.roots()) {
      case SideTls.Roots.None() -> {
        // Any certificate will do.
      }
      case SideTls.Roots.File(Path path) ->
          PGProperty.SSL_ROOT_CERT.set(properties, path.toString());
      case SideTls.Roots.System() -> PGProperty.SSL_ROOT_CERT.set(properties, "system");
    }
    tls.identity()
        .ifPresent(
            own -> {
              PGProperty.SSL_CERT.set(properties, own.certificate().toString());
              PGProperty.SSL_KEY.set(properties, own.key().toString());
            });
  }

  private static SideConfig side(Properties properties) {
    String roots = PGProperty.SSL_ROOT_CERT.getOrDefault(properties);
    String certificate = PGProperty.SSL_CERT.getOrDefault(properties);
    String key = PGProperty.SSL_KEY.getOrDefault(properties);
    SideTls.Mode mode =
        "verify-full".equals(PGProperty.SSL_MODE.getOrDefault(properties))
            ? SideTls.Mode.VERIFY_FULL
            : SideTls.Mode.VERIFY_CA;
    SideTls tls =
        new SideTls(
            mode,
            roots(roots),
            certificate == null || key == null
                ? Optional.empty()
                : Optional.of(
                    new TlsConfig.Identity(Path.of(certificate), Path.of(key), Optional.empty())),
            false);
    String host = String.valueOf(PGProperty.SSL_FACTORY_ARG.getOrDefault(properties));
    return new SideConfig(new HostPort(host, 1), "", "", Optional.empty(), tls);
  }

  private static SideTls.Roots roots(@Nullable String text) {
    if (text == null) {
      return new SideTls.Roots.None();
    }
    return text.equals("system")
        ? new SideTls.Roots.System()
        : new SideTls.Roots.File(Path.of(text));
  }

  private static KeyManager @Nullable [] keys(SideConfig side)
      throws GeneralSecurityException, IOException, TlsFileException {
    Optional<KeyAndCertificates> identity = SideTrust.identity(side);
    if (identity.isEmpty()) {
      return null;
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setKeyEntry(
        "own", identity.get().key(), IN_MEMORY, identity.get().chain().toArray(Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, IN_MEMORY);
    return factory.getKeyManagers();
  }

  @Override
  public String[] getDefaultCipherSuites() {
    return delegate.getDefaultCipherSuites();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return delegate.getSupportedCipherSuites();
  }

  @Override
  public Socket createSocket(Socket socket, String host, int port, boolean autoClose)
      throws IOException {
    Socket encrypted = delegate.createSocket(socket, host, port, autoClose);
    handover.ifPresent(to -> to.encrypted(encrypted));
    return encrypted;
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return delegate.createSocket(host, port);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return delegate.createSocket(host, port, localHost, localPort);
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return delegate.createSocket(host, port);
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
      throws IOException {
    return delegate.createSocket(address, port, localAddress, localPort);
  }
}
