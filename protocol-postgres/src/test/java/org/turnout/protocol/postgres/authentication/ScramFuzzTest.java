package org.turnout.protocol.postgres.authentication;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.message.ErrorResponse;

/**
 * Whatever the other end of a SCRAM exchange says, it is believed only when it proves that it knows
 * the password.
 *
 * <p>An input is text, a message of the peer on each line. In it {@code NONCE} stands for what this
 * end chose, and {@code PROOF} for the proof (or signature) that is right for the message so far,
 * so that what is close to a right exchange is tried too.
 *
 * <p>Oracle: the right proof, computed here from the keys and from the texts that went both ways by
 * the formulas of RFC 5802. An end accepts exactly that; everything else is a {@link
 * ProtocolException}, an {@link AuthenticationException} or an empty answer, whose message can be
 * told to the peer.
 */
class ScramFuzzTest {
  private static final String NONCE = "fyko+d2lbbFgONRv9qkxdawL";
  private static final byte[] SALT = "salt of sixteen!".getBytes(UTF_8);
  private static final byte[] HASH = "0123456789abcdef0123456789abcdef".getBytes(UTF_8);
  private static final ScramKeys KEYS = ScramKeys.derive("pencil", SALT, 3);

  @FuzzTest
  void aServerAcceptsTheRightProofOnly(byte[] input) {
    String[] lines = lines(input, 3);
    Optional<byte[]> certificate =
        lines[0].endsWith("-PLUS") ? Optional.of(HASH) : Optional.empty();
    ScramServer server = new ScramServer(KEYS.verifier(), certificate, NONCE);
    String first = lines[1];
    try {
      String challenge = server.challenge(lines[0], first);
      String nonces = challenge.substring(2, challenge.indexOf(','));
      String answer = lines[2].replace("NONCE", nonces);
      // What the client says of itself behind what it says of its channel.
      String bare = first.substring(first.indexOf(",,") + 2);
      String proof = "";
      int at = answer.lastIndexOf(",p=");
      if (at >= 0) {
        String said = bare + "," + challenge + "," + answer.substring(0, at);
        byte[] signature = ScramCrypto.hmac(ScramCrypto.sha256(KEYS.clientKey()), said);
        proof = ScramCrypto.base64(ScramCrypto.xor(KEYS.clientKey(), signature));
        answer = answer.replace("PROOF", proof);
      }
      Optional<ScramServer.Accepted> accepted = server.finish(answer);
      if (accepted.isPresent()) {
        assertThat(isBase64Of(answer.substring(at + 3), proof)).isTrue();
        assertThat(answer.substring(0, at)).contains("r=" + nonces);
        assertThat(accepted.get().keys()).isEqualTo(KEYS);
      } else {
        assertThat(answer).doesNotEndWith(",p=" + proof);
      }
    } catch (ProtocolException | AuthenticationException refusal) {
      canBeTold(refusal);
    }
  }

  @FuzzTest
  void aClientBelievesTheRightSignatureOnly(byte[] input) {
    String[] lines = lines(input, 2);
    ScramClient client = ScramClient.byKeys(KEYS, ChannelBinding.NONE);
    String clientFirst = client.first();
    String clientNonce = clientFirst.substring(clientFirst.indexOf("r=") + 2);
    String serverFirst = lines[0].replace("NONCE", clientNonce);
    try {
      String answer = client.answer(serverFirst);
      String said =
          clientFirst.substring(3)
              + ","
              + serverFirst
              + ","
              + answer.substring(0, answer.lastIndexOf(",p="));
      String signature = ScramCrypto.base64(ScramCrypto.hmac(KEYS.serverKey(), said));
      String last = lines[1].replace("PROOF", signature);
      client.verify(last);
      assertThat(client.isHopeless()).isFalse();
      assertThat(isBase64Of(last.substring(2).split(",", 2)[0], signature)).isTrue();
    } catch (ProtocolException | AuthenticationException refusal) {
      canBeTold(refusal);
    }
  }

  @FuzzTest
  void aVerifierIsReadAsItIsWrittenOrNotAtAll(byte[] input) {
    String stored = new String(input, UTF_8);
    Optional<ScramVerifier> verifier = ScramVerifier.parse(stored);
    verifier.ifPresent(
        found -> assertThat(ScramVerifier.parse(found.format())).isEqualTo(verifier));
    assertThat(SaslPrep.prepare(stored).isEmpty()).isEqualTo(stored.isEmpty());
    if (Md5Password.isVerifier(stored)) {
      assertThat(verifier).isEmpty();
      assertThat(stored).matches("md5[0-9a-f]{32}");
      String answer = Md5Password.answer(stored, 42);
      assertThat(Md5Password.isAnswer(stored, 42, answer)).isTrue();
      assertThat(Md5Password.isAnswer(stored, 43, answer)).isFalse();
      assertThat(Md5Password.isAnswer(stored, 42, stored)).isFalse();
    }
  }

  /** Whether both are the same bytes: padding may be left out. */
  private static boolean isBase64Of(String text, String expected) {
    return Arrays.equals(Base64.getDecoder().decode(text), Base64.getDecoder().decode(expected));
  }

  private static void canBeTold(Exception refusal) {
    ByteBuf buffer = Unpooled.buffer();
    ErrorResponse.fatal("28000", refusal.getMessage()).encode(buffer);
    assertThat(buffer.isReadable()).isTrue();
  }

  private static String[] lines(byte[] input, int count) {
    return Arrays.copyOf((new String(input, UTF_8) + "\n\n\n").split("\n", -1), count);
  }
}
