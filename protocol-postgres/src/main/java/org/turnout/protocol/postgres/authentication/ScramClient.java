package org.turnout.protocol.postgres.authentication;

import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.ProtocolException;

/**
 * The client's half of one SCRAM-SHA-256 exchange, by password or by the keys that a client of
 * Turnout proved.
 *
 * <pre>first() → server-first → answer() → server-final → verify()</pre>
 *
 * Rule: the server is believed only after {@link #verify}. One object per exchange, confined to its
 * event loop; with a password {@link #answer} computes for milliseconds.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7677">RFC 7677</a>
 */
public final class ScramClient {
  /** More than any real server asks for; a limit to what a false one can make us compute. */
  private static final int MOST_ITERATIONS = 1_000_000;

  private final KeySource source;
  private final ChannelBinding binding;
  private final String nonce;
  private final String user;
  private byte @Nullable [] expectedSignature;
  private boolean hopeless;

  private interface KeySource {
    ScramKeys keys(byte[] salt, int iterations);
  }

  private ScramClient(KeySource source, ChannelBinding binding, String user, String nonce) {
    this.source = source;
    this.binding = binding;
    this.user = user;
    this.nonce = nonce;
  }

  /** On a connection in plain text. */
  public static ScramClient byPassword(String password) {
    return byPassword(password, ChannelBinding.NONE);
  }

  public static ScramClient byPassword(String password, ChannelBinding binding) {
    return byPassword(password, binding, "", ScramServer.newNonce());
  }

  static ScramClient byPassword(
      String password, ChannelBinding binding, String user, String nonce) {
    return new ScramClient(
        (salt, iterations) -> ScramKeys.derive(password, salt, iterations), binding, user, nonce);
  }

  /**
   * Opens only a server that stores the very verifier these keys belong to. Any other is answered
   * with a proof that is worth nothing, so that it refuses in its own words: it may store another
   * verifier, or pretend to, as it does for a role that has expired.
   */
  public static ScramClient byKeys(ScramKeys keys, ChannelBinding binding) {
    return new ScramClient(
        (salt, iterations) ->
            keys.isFor(salt, iterations) ? keys : ScramKeys.worthless(salt, iterations),
        binding,
        "",
        ScramServer.newNonce());
  }

  /** client-first, to be sent with SASLInitialResponse. */
  public String first() {
    return binding.header() + bareFirst();
  }

  /** The name of the mechanism, to be sent beside it. */
  public String mechanism() {
    return binding.mechanism();
  }

  private String bareFirst() {
    return "n=" + user + ",r=" + nonce;
  }

  /**
   * Takes server-first.
   *
   * @return client-final, to be sent with SASLResponse
   * @throws ProtocolException when it is malformed
   */
  public String answer(String serverFirst) {
    ScramAttributes attributes = new ScramAttributes(serverFirst, 0);
    String nonces = attributes.next('r');
    if (!nonces.startsWith(nonce) || nonces.length() == nonce.length()) {
      throw new ProtocolException("invalid SCRAM response: nonce does not match");
    }
    byte[] salt = ScramCrypto.base64(attributes.next('s'));
    ScramKeys keys = source.keys(salt, iterations(attributes.next('i')));
    hopeless = keys.isWorthless();
    String withoutProof = "c=" + ScramCrypto.base64(binding.data()) + ",r=" + nonces;
    String authMessage = bareFirst() + "," + serverFirst + "," + withoutProof;
    byte[] signature = ScramCrypto.hmac(ScramCrypto.sha256(keys.clientKey()), authMessage);
    expectedSignature = ScramCrypto.hmac(keys.serverKey(), authMessage);
    return withoutProof + ",p=" + ScramCrypto.base64(ScramCrypto.xor(keys.clientKey(), signature));
  }

  /** Whether the answer was given to a verifier that the keys do not belong to. */
  public boolean isHopeless() {
    return hopeless;
  }

  private static int iterations(String text) {
    try {
      int iterations = Integer.parseInt(text);
      if (iterations > 0 && iterations <= MOST_ITERATIONS) {
        return iterations;
      }
    } catch (NumberFormatException e) {
      throw new ProtocolException("malformed SCRAM message: invalid iteration count");
    }
    throw new ProtocolException("malformed SCRAM message: iteration count " + text);
  }

  /**
   * Takes server-final: the server proves that it knows the verifier.
   *
   * @throws ProtocolException when it is malformed or comes too early
   * @throws AuthenticationException when the server does not know it, or reports an error
   */
  public void verify(String serverFinal) throws AuthenticationException {
    byte[] expected = expectedSignature;
    if (expected == null) {
      throw new ProtocolException("SCRAM signature before its proof");
    }
    ScramAttributes attributes = new ScramAttributes(serverFinal, 0);
    if (attributes.startsWith('e')) {
      throw new AuthenticationException("the server refused: " + attributes.next('e'));
    }
    if (!MessageDigest.isEqual(expected, ScramCrypto.base64(attributes.next('v')))) {
      throw new AuthenticationException("the server does not know the password verifier");
    }
  }
}
