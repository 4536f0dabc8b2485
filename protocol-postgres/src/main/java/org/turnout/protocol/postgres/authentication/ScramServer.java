package org.turnout.protocol.postgres.authentication;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
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
 * Without channel binding. One object per exchange, confined to the client's event loop. Does no
 * slow computing: the client had to.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7677">RFC 7677</a>
 */
public final class ScramServer {
  /** Name of the mechanism. */
  public static final String MECHANISM = "SCRAM-SHA-256";

  private static final int NONCE = 18;

  private final ScramVerifier verifier;
  private final String serverNonce;
  private @Nullable Challenged challenged;

  /** What the second step needs of the first. */
  private record Challenged(String header, String clientFirst, String serverFirst, String nonces) {}

  /**
   * A proof that was right.
   *
   * @param serverFinal to be sent with AuthenticationSASLFinal
   */
  public record Accepted(ScramKeys keys, String serverFinal) {}

  public ScramServer(ScramVerifier verifier) {
    this(verifier, newNonce());
  }

  ScramServer(ScramVerifier verifier, String serverNonce) {
    this.verifier = verifier;
    this.serverNonce = serverNonce;
  }

  static String newNonce() {
    byte[] nonce = new byte[NONCE];
    new SecureRandom().nextBytes(nonce);
    return ScramCrypto.base64(nonce);
  }

  /**
   * Takes client-first.
   *
   * @return server-first, to be sent with AuthenticationSASLContinue
   * @throws ProtocolException when it is malformed, asks for channel binding or for another
   *     identity
   */
  public String challenge(String clientFirst) {
    int bare = headerLength(clientFirst);
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
    challenged =
        new Challenged(
            clientFirst.substring(0, bare), clientFirst.substring(bare), serverFirst, nonces);
    return serverFirst;
  }

  private static int headerLength(String clientFirst) {
    if (clientFirst.startsWith("n,,") || clientFirst.startsWith("y,,")) {
      return 3;
    }
    if (clientFirst.startsWith("p=")) {
      throw new ProtocolException(
          "malformed SCRAM message: client selected SCRAM-SHA-256 without channel binding, but the"
              + " SCRAM message includes channel binding data");
    }
    if (clientFirst.startsWith("n,a=") || clientFirst.startsWith("y,a=")) {
      throw new ProtocolException("client uses authorization identity, but it is not supported");
    }
    throw new ProtocolException("malformed SCRAM message: unexpected channel-binding flag");
  }

  /**
   * Takes client-final.
   *
   * @return empty when the proof is wrong: the password is
   * @throws ProtocolException when it is malformed or does not belong to this exchange
   */
  public Optional<Accepted> finish(String clientFinal) {
    Challenged first = challenged;
    if (first == null) {
      throw new ProtocolException("SCRAM proof before its challenge");
    }
    challenged = null;
    ScramAttributes attributes = new ScramAttributes(clientFinal, 0);
    byte[] binding = ScramCrypto.base64(attributes.next('c'));
    if (!MessageDigest.isEqual(binding, first.header().getBytes(StandardCharsets.US_ASCII))) {
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
