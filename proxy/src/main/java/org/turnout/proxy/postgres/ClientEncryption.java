package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.turnout.proxy.session.ClientAddress;
import org.turnout.proxy.tls.ClientTls;

/**
 * What a client may ask of encryption before its start, once each and in either order, and its
 * answers: {@code S} or {@code N} for TLS, {@code N} for GSSAPI; or it begins with TLS itself.
 *
 * <p>Rule: nothing that came before TLS stands is ever taken as if it had come through it. Confined
 * to the client's event loop.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL">SSL
 *     session encryption</a>
 */
final class ClientEncryption {
  /** The first byte of a TLS handshake; as that of a length it would be one of 352 MiB. */
  private static final byte HANDSHAKE = 0x16;

  private final Channel client;
  private final Optional<ClientTls> ofRoute;
  private @Nullable SslHandler handler;
  private boolean direct;
  private boolean tlsAsked;
  private boolean gssAsked;

  ClientEncryption(Channel client, Optional<ClientTls> ofRoute) {
    this.client = client;
    this.ofRoute = ofRoute;
  }

  /** As with the server, there is none on a Unix socket. Known once the client speaks. */
  private Optional<ClientTls> tls() {
    return ClientAddress.isLocal(client) ? Optional.empty() : ofRoute;
  }

  /** Whether a client whose first bytes these are begins with TLS. */
  boolean isDirect(ByteBuf bytes) {
    return !direct && !tlsAsked && !gssAsked && bytes.getByte(bytes.readerIndex()) == HANDSHAKE;
  }

  /**
   * Goes on with TLS from the client's first byte; false when there is none to go on with. Inside
   * of it more encryption may be asked for once, and is not granted.
   */
  boolean begin() {
    Optional<ClientTls> tls = tls();
    if (tls.isEmpty()) {
      return false;
    }
    direct = true;
    encrypt(tls.get());
    return true;
  }

  /** Whether the request for TLS has been answered; a server does it once. */
  boolean isTlsAsked() {
    return tlsAsked;
  }

  boolean isGssAsked() {
    return gssAsked;
  }

  /** Whether a request for TLS is granted. */
  boolean grantsTls() {
    return tls().isPresent() && !direct;
  }

  /** Answers the request for TLS, behind which nothing may have come if it is granted. */
  void askedTls() {
    Optional<ClientTls> tls = tls();
    tlsAsked = true;
    if (tls.isEmpty() || direct) {
      answer('N');
      return;
    }
    gssAsked = true;
    answer('S');
    encrypt(tls.get());
  }

  /** Answers the request for GSSAPI encryption. */
  void askedGss() {
    gssAsked = true;
    answer('N');
  }

  /** Whether the client, whose handshake has ended, said which protocol it means if it has to. */
  boolean isMeantForPostgres() {
    SslHandler current = handler;
    return !direct || (current != null && current.applicationProtocol() != null);
  }

  private void answer(char answer) {
    client.writeAndFlush(client.alloc().buffer(1).writeByte(answer), client.voidPromise());
  }

  private void encrypt(ClientTls own) {
    handler = own.handler(client.alloc());
    client.pipeline().addFirst(handler);
  }
}
