package org.turnout.proxy.tls;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.tls.HostName;
import org.turnout.protocol.postgres.tls.ServerEndPoint;
import org.turnout.proxy.backend.Transport;

/** What is known of a connection by its encryption, once that stands. Immutable. */
public final class ChannelSecurity {
  /** A connection in plain text. */
  public static final ChannelSecurity PLAIN =
      new ChannelSecurity(false, false, Optional.empty(), Optional.empty());

  private static final ChannelSecurity LOCAL =
      new ChannelSecurity(false, true, Optional.empty(), Optional.empty());

  private final boolean encrypted;
  private final boolean local;
  private final Optional<X509Certificate> own;
  private final Optional<X509Certificate> other;

  private ChannelSecurity(
      boolean encrypted,
      boolean local,
      Optional<X509Certificate> own,
      Optional<X509Certificate> other) {
    this.encrypted = encrypted;
    this.local = local;
    this.own = own;
    this.other = other;
  }

  /** Of a channel whose handshake, if there is one, has ended. */
  public static ChannelSecurity of(Channel channel) {
    SslHandler handler = channel.pipeline().get(SslHandler.class);
    if (handler == null) {
      return Transport.isUnix(channel) ? LOCAL : PLAIN;
    }
    SSLSession session = handler.engine().getSession();
    return encrypted(first(session.getLocalCertificates()), others(session));
  }

  /**
   * Of an encrypted connection.
   *
   * @param own the certificate that Turnout has shown
   * @param other the one that it was shown
   */
  public static ChannelSecurity encrypted(
      Optional<X509Certificate> own, Optional<X509Certificate> other) {
    return new ChannelSecurity(true, false, own, other);
  }

  private static Optional<X509Certificate> others(SSLSession session) {
    try {
      return first(session.getPeerCertificates());
    } catch (SSLPeerUnverifiedException hasShownNone) {
      return Optional.empty();
    }
  }

  private static Optional<X509Certificate> first(Certificate @Nullable [] chain) {
    return chain != null && chain.length > 0 && chain[0] instanceof X509Certificate certificate
        ? Optional.of(certificate)
        : Optional.empty();
  }

  public boolean isEncrypted() {
    return encrypted;
  }

  /** Whether nobody in between can listen in: it is encrypted, or does not leave the machine. */
  public boolean isPrivate() {
    return encrypted || local;
  }

  /** What binds a SCRAM exchange to the certificate that Turnout has shown. */
  public Optional<byte[]> ownEndPoint() {
    return own.flatMap(ServerEndPoint::of);
  }

  /** What binds a SCRAM exchange to the certificate that Turnout was shown. */
  public Optional<byte[]> otherEndPoint() {
    return other.flatMap(ServerEndPoint::of);
  }

  /**
   * Whether the other end has shown a certificate; one that was not believed ends the handshake.
   */
  public boolean hasOtherCertificate() {
    return other.isPresent();
  }

  /** The common name in the other end's certificate. */
  public Optional<String> otherName() {
    return other.flatMap(HostName::commonName);
  }
}
