package org.turnout.protocol.postgres.authentication;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.ProtocolException;

/**
 * The server's half of one SCRAM-SHA-256 exchange, by verifier. From a valid proof it recovers the
 * client's keys, with which Turnout authenticates to the sides in the client's name.
 *
 * <pre>
 * client-first   n,,n=,r=nonce           → challenge()
 * server-first   r=nonces,s=salt,i=count
 * client-final   c=biws,r=nonces,p=proof → finish()
 * server-final   v=signature
 * </pre>
 *
 * With TLS the exchange may be bound to the certificate that Turnout shows. One object per
 * exchange, confined to the client's event loop. Does no slow computing: the client had to.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7677">RFC 7677</a>
 */
public final class ScramServer {
  /** Name of the mechanism. */
  public static final String MECHANISM = "SCRAM-SHA-256";

  /** Name of the mechanism with channel binding. */
  public static final String MECHANISM_PLUS = "SCRAM-SHA-256-PLUS";

  private static final int NONCE = 18;

  private final ScramVerifier verifier;
  private final Optional<byte[]> certificate;
  private final String serverNonce;
  private @Nullable Challenged challenged;

  /** What the second step needs of the first. */
  private record Challenged(
      ChannelBinding binding, String clientFirst, String serverFirst, String nonces) {}

  /**
   * A proof that was right.
   *
   * @param serverFinal to be sent with AuthenticationSASLFinal
   */
  public record Accepted(ScramKeys keys, String serverFinal) {}

  /**
   * @param certificate hash of the certificate that the client was shown; empty without TLS
   */
  public ScramServer(ScramVerifier verifier, Optional<byte[]> certificate) {
    this(verifier, certificate, newNonce());
  }

  ScramServer(ScramVerifier verifier, Optional<byte[]> certificate, String serverNonce) {
    this.verifier = verifier;
    this.certificate = certificate;
    this.serverNonce = serverNonce;
  }

  /** What the client may choose from, best first. */
  public List<String> mechanisms() {
    return certificate.isPresent() ? List.of(MECHANISM_PLUS, MECHANISM) : List.of(MECHANISM);
  }

  static String newNonce() {
    byte[] nonce = new byte[NONCE];
    new SecureRandom().nextBytes(nonce);
    return ScramCrypto.base64(nonce);
  }

  /**
   * Takes client-first.
   *
   * @param mechanism the one that the client has chosen
   * @return server-first, to be sent with AuthenticationSASLContinue
   * @throws ProtocolException when it is malformed, does not fit the mechanism or asks for another
   *     identity
   * @throws AuthenticationException when somebody has hidden from the client what was offered
   */
  public String challenge(String mechanism, String clientFirst) throws AuthenticationException {
    if (!mechanisms().contains(mechanism)) {
      throw new ProtocolException("client selected an invalid SASL authentication mechanism");
    }
    ChannelBinding binding = binding(mechanism, clientFirst);
    int bare = binding.header().length();
    ScramAttributes attributes = new ScramAttributes(clientFirst, bare);
    if (attributes.startsWith('m')) {
      throw new ProtocolException("client requires an unsupported SCRAM extension");
    }
    attributes.next('n');
    String clientNonce = attributes.next('r');
    if (clientNonce.isEmpty() || !clientNonce.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
      throw new ProtocolException("non-printable characters in SCRAM nonce");
    }
    String nonces = clientNonce + serverNonce;
    String serverFirst =
        "r=" + nonces + ",s=" + ScramCrypto.base64(verifier.salt()) + ",i=" + verifier.iterations();
    challenged = new Challenged(binding, clientFirst.substring(bare), serverFirst, nonces);
    return serverFirst;
  }

  /** What the client says of the channel, which must fit the mechanism and what was offered. */
  private ChannelBinding binding(String mechanism, String clientFirst)
      throws AuthenticationException {
    boolean plus = mechanism.equals(MECHANISM_PLUS);
    if (clientFirst.startsWith("p=")) {
      if (!plus) {
        throw new ProtocolException(
            "malformed SCRAM message: client selected SCRAM-SHA-256 without channel binding, but"
                + " the SCRAM message includes channel binding data");
      }
      if (!clientFirst.startsWith(ChannelBinding.END_POINT)) {
        throw new ProtocolException("unsupported SCRAM channel-binding type");
      }
      return ChannelBinding.endPoint(certificate.orElseThrow());
    }
    if (plus) {
      throw new ProtocolException(
          "malformed SCRAM message: client selected SCRAM-SHA-256-PLUS, but the SCRAM message does"
              + " not include channel binding data");
    }
    if (clientFirst.startsWith("n,a=") || clientFirst.startsWith("y,a=")) {
      throw new ProtocolException("client uses authorization identity, but it is not supported");
    }
    if (clientFirst.startsWith(ChannelBinding.NONE.header())) {
      return ChannelBinding.NONE;
    }
    if (!clientFirst.startsWith(ChannelBinding.NOT_OFFERED.header())) {
      throw new ProtocolException("malformed SCRAM message: unexpected channel-binding flag");
    }
    if (certificate.isPresent()) {
      throw new AuthenticationException("SCRAM channel binding negotiation error");
    }
    return ChannelBinding.NOT_OFFERED;
  }

  /**
   * Takes client-final.
   *
   * @return empty when the proof is wrong: the password is
   * @throws ProtocolException when it is malformed or does not belong to this exchange
   * @throws AuthenticationException when the client sees another certificate than it was shown
   */
  public Optional<Accepted> finish(String clientFinal) throws AuthenticationException {
    Challenged first = challenged;
    if (first == null) {
      throw new ProtocolException("SCRAM proof before its challenge");
    }
    challenged = null;
    ScramAttributes attributes = new ScramAttributes(clientFinal, 0);
    byte[] binding = ScramCrypto.base64(attributes.next('c'));
    if (!MessageDigest.isEqual(binding, first.binding().data())) {
      if (first.binding().mechanism().equals(MECHANISM_PLUS)) {
        throw new AuthenticationException("SCRAM channel binding check failed");
      }
      throw new ProtocolException("unexpected SCRAM channel-binding attribute in client-final");
    }
    if (!attributes.next('r').equals(first.nonces())) {
      throw new ProtocolException("invalid SCRAM response: nonce does not match");
    }
    attributes.skipTo('p');
    byte[] proof = ScramCrypto.base64(attributes.next('p'));
    if (proof.length != ScramCrypto.KEY || !attributes.isAtEnd()) {
      throw new ProtocolException("malformed SCRAM message: malformed proof in client-final");
    }
    String withoutProof = clientFinal.substring(0, clientFinal.lastIndexOf(",p="));
    return check(proof, first.clientFirst() + "," + first.serverFirst() + "," + withoutProof);
  }

  private Optional<Accepted> check(byte[] proof, String authMessage) {
    byte[] clientSignature = ScramCrypto.hmac(verifier.storedKey(), authMessage);
    byte[] clientKey = ScramCrypto.xor(proof, clientSignature);
    if (!MessageDigest.isEqual(ScramCrypto.sha256(clientKey), verifier.storedKey())) {
      return Optional.empty();
    }
    ScramKeys keys =
        new ScramKeys(clientKey, verifier.serverKey(), verifier.salt(), verifier.iterations());
    byte[] signature = ScramCrypto.hmac(verifier.serverKey(), authMessage);
    return Optional.of(new Accepted(keys, "v=" + ScramCrypto.base64(signature)));
  }
}
