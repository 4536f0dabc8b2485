package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.authentication.Md5Password;
import org.turnout.protocol.postgres.authentication.ScramServer;
import org.turnout.protocol.postgres.authentication.ScramVerifier;
import org.turnout.protocol.postgres.message.Authentication;
import org.turnout.protocol.postgres.message.PasswordMessage;
import org.turnout.protocol.postgres.message.SaslInitialResponse;
import org.turnout.protocol.postgres.message.SaslResponse;

/**
 * One client's proof of who it is, in the role of the server: SCRAM by a verifier, or MD5 where
 * that is what the server stores. A role that does not exist takes part in an exchange that cannot
 * succeed, as with a server. Confined to the client's event loop.
 */
final class ClientAuthentication {
  private final @Nullable ScramServer scram;
  private final @Nullable String md5Verifier;
  private final int md5Salt;
  private boolean challenged;

  /** Where the proof stands after a message of the client. */
  sealed interface Step {
    /** The client is to be sent this, and answers. */
    record Challenge(Authentication message) implements Step {}

    /**
     * The client is who it says.
     *
     * @param last what the client is sent before AuthenticationOk
     * @param credentials what its proof lets Turnout prove to backends
     */
    record Proved(List<Authentication> last, Credentials credentials) implements Step {}

    /** The password is wrong, or there is no such role. */
    record Failed() implements Step {}
  }

  private ClientAuthentication(@Nullable ScramServer scram, @Nullable String md5Verifier) {
    this.scram = scram;
    this.md5Verifier = md5Verifier;
    this.md5Salt = new SecureRandom().nextInt();
  }

  /**
   * By what the server stores.
   *
   * @param mock takes the place of a verifier that is not there
   */
  static ClientAuthentication by(Optional<String> stored, ScramVerifier mock) {
    if (stored.isPresent() && Md5Password.isVerifier(stored.get())) {
      return new ClientAuthentication(null, stored.get());
    }
    return new ClientAuthentication(
        new ScramServer(stored.flatMap(ScramVerifier::parse).orElse(mock)), null);
  }

  /** The message that asks for the proof. */
  Authentication first() {
    return scram != null
        ? new Authentication.Sasl(List.of(ScramServer.MECHANISM))
        : new Authentication.Md5Password(md5Salt);
  }

  /**
   * Takes a whole message of the client and moves behind it.
   *
   * @throws ProtocolException when it is malformed
   */
  Step answer(ByteBuf message) {
    if (scram == null) {
      return md5(PasswordMessage.decode(message));
    }
    if (challenged) {
      return proof(scram, SaslResponse.decode(message));
    }
    challenged = true;
    SaslInitialResponse initial = SaslInitialResponse.decode(message);
    if (!initial.mechanism().equals(ScramServer.MECHANISM)) {
      throw new ProtocolException("client selected an invalid SASL authentication mechanism");
    }
    String data = initial.data();
    return new Step.Challenge(
        new Authentication.SaslContinue(data == null ? "" : scram.challenge(data)));
  }

  private static Step proof(ScramServer exchange, SaslResponse response) {
    Optional<ScramServer.Accepted> accepted = exchange.finish(response.data());
    if (accepted.isEmpty()) {
      return new Step.Failed();
    }
    return new Step.Proved(
        List.of(new Authentication.SaslFinal(accepted.get().serverFinal())),
        PasswordCredentials.byKeys(accepted.get().keys()));
  }

  private Step md5(PasswordMessage message) {
    String verifier = md5Verifier;
    if (verifier == null || !Md5Password.isAnswer(verifier, md5Salt, message.password())) {
      return new Step.Failed();
    }
    return new Step.Proved(List.of(), PasswordCredentials.byMd5Verifier(verifier));
  }
}
