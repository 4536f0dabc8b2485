package org.turnout.protocol.postgres.tls;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SignatureException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Whether a server is believed, by {@code sslmode}, {@code sslrootcert} and the host that was
 * meant. What it refuses it refuses in words for an operator, as {@link DistrustException}. The
 * same for the connections of sessions and for the control connections. Immutable.
 */
public final class ServerTrust extends X509ExtendedTrustManager {
  private final Optional<X509TrustManager> authorities;
  private final Optional<String> host;

  private ServerTrust(Optional<X509TrustManager> authorities, Optional<String> host) {
    this.authorities = authorities;
    this.host = host;
  }

  /** Any certificate will do: encryption without knowing to whom. */
  public static ServerTrust ofAnyone() {
    return new ServerTrust(Optional.empty(), Optional.empty());
  }

  /**
   * A certificate of the given authorities.
   *
   * @param host whom it must name, if that is to be checked
   */
  public static ServerTrust of(List<X509Certificate> authorities, Optional<String> host) {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (int i = 0; i < authorities.size(); i++) {
        store.setCertificateEntry("root-" + i, authorities.get(i));
      }
      return new ServerTrust(Optional.of(manager(store)), host);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("the Java runtime cannot hold certificates", e);
    }
  }

  /** A certificate of the authorities that the Java runtime knows, which must name the host. */
  public static ServerTrust ofSystem(String host) {
    return new ServerTrust(Optional.of(manager(null)), Optional.of(host));
  }

  private static X509TrustManager manager(@Nullable KeyStore store) {
    try {
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(store);
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509TrustManager found) {
          return found;
        }
      }
      throw new IllegalStateException("the Java runtime checks no certificates");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the Java runtime checks no certificates", e);
    }
  }

  /** A certificate was refused; the message says why, to an operator. */
  public static final class DistrustException extends CertificateException {
    private static final long serialVersionUID = 1L;

    DistrustException(String message, Throwable cause) {
      super(message, cause);
    }

    DistrustException(String message) {
      super(message);
    }
  }

  /** Why a handshake failed, if it failed because the certificate was refused. */
  public static Optional<String> refusal(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof DistrustException refused) {
        return Optional.of(String.valueOf(refused.getMessage()));
      }
    }
    return Optional.empty();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    if (authorities.isPresent()) {
      try {
        authorities.get().checkServerTrusted(chain, authType);
        // One that is itself among the authorities is not checked above.
        chain[0].checkValidity();
      } catch (CertificateException e) {
        throw new DistrustException(reason(chain[0], e), e);
      }
    }
    if (host.isPresent() && !HostName.isNamed(chain[0], host.get())) {
      throw new DistrustException(
          "the server's certificate is for "
              + String.join(", ", HostName.names(chain[0]))
              + ", not for "
              + host.get());
    }
  }

  private static String reason(X509Certificate certificate, CertificateException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateExpiredException) {
        return "the server's certificate, or one that it rests on, has expired (its own is valid"
            + " until "
            + certificate.getNotAfter().toInstant()
            + ")";
      }
      if (cause instanceof CertificateNotYetValidException) {
        return "the server's certificate is valid only from "
            + certificate.getNotBefore().toInstant();
      }
      if (cause instanceof CertPathBuilderException || cause instanceof SignatureException) {
        return "the server's certificate (issued by "
            + certificate.getIssuerX500Principal()
            + ") is of no authority that sslrootcert names";
      }
    }
    return "the server's certificate is not accepted: " + failure.getMessage();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkServerTrusted(chain, authType);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    checkServerTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("this is for servers");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkClientTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    checkClientTrusted(chain, authType);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return authorities.map(X509TrustManager::getAcceptedIssuers).orElse(new X509Certificate[0]);
  }
}
