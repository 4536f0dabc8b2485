package org.turnout.protocol.postgres.authentication;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * What a client says of its channel in a SCRAM exchange, so that nobody in the middle can pass the
 * exchange on: nothing, that it would if the server could, or the hash of the certificate it sees.
 * Immutable.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5802#section-6">RFC 5802 section 6</a>
 */
public final class ChannelBinding {
  /** The client cannot: there is no TLS, or nothing is defined for the certificate. */
  public static final ChannelBinding NONE = new ChannelBinding("n,,", new byte[0]);

  /** The client can, and the server has not offered it. */
  public static final ChannelBinding NOT_OFFERED = new ChannelBinding("y,,", new byte[0]);

  /** The header of a message that is bound to the server's certificate. */
  static final String END_POINT = "p=tls-server-end-point,,";

  private final String header;
  private final byte[] hash;

  private ChannelBinding(String header, byte[] hash) {
    this.header = header;
    this.hash = hash;
  }

  /**
   * @param hash of the server's certificate
   */
  public static ChannelBinding endPoint(byte[] hash) {
    return new ChannelBinding(END_POINT, hash.clone());
  }

  /** The mechanism that says so. */
  public String mechanism() {
    return header.equals(END_POINT) ? ScramServer.MECHANISM_PLUS : ScramServer.MECHANISM;
  }

  String header() {
    return header;
  }

  /** What the attribute {@code c} carries: the header, and the hash behind it. */
  byte[] data() {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    data.writeBytes(header.getBytes(StandardCharsets.US_ASCII));
    data.writeBytes(hash);
    return data.toByteArray();
  }
}
