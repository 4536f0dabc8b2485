package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.turnout.config.Secret;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.authentication.AuthenticationException;
import org.turnout.protocol.postgres.authentication.Md5Password;
import org.turnout.protocol.postgres.authentication.ScramServer;
import org.turnout.protocol.postgres.authentication.ScramVerifier;
import org.turnout.protocol.postgres.message.Authentication;
import org.turnout.protocol.postgres.message.PasswordMessage;
import org.turnout.protocol.postgres.message.SaslInitialResponse;
import org.turnout.protocol.postgres.message.SaslResponse;
import org.turnout.proxy.tls.ChannelSecurity;

/**
 * One client's proof of who it is, in the role of the server: SCRAM by a verifier, MD5 where that
 * is what the server stores, or the password itself, which the server is to judge. A role that does
 * not exist takes part in an exchange that cannot succeed, as with a server. Confined to the
 * client's event loop.
 */
final class ClientAuthentication {
  private final @Nullable ScramServer scram;
  private final @Nullable String md5Verifier;
  private final Function<Secret, Credentials> byPassword;
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

  private ClientAuthentication(
      @Nullable ScramServer scram,
      @Nullable String md5Verifier,
      Function<Secret, Credentials> byPassword) {
    this.scram = scram;
    this.md5Verifier = md5Verifier;
    this.byPassword = byPassword;
    this.md5Salt = new SecureRandom().nextInt();
  }

  /**
   * By what the server stores.
   *
   * @param mock takes the place of a verifier that is not there
   * @param security of the client's connection
   */
  static ClientAuthentication by(
      Optional<String> stored, ScramVerifier mock, ChannelSecurity security) {
    if (stored.isPresent() && Md5Password.isVerifier(stored.get())) {
      return new ClientAuthentication(null, stored.get(), secret -> PasswordCredentials.none());
    }
    ScramVerifier verifier = stored.flatMap(ScramVerifier::parse).orElse(mock);
    return new ClientAuthentication(
        new ScramServer(verifier, security.ownEndPoint()),
        null,
        secret -> PasswordCredentials.none());
  }

  /**
   * By the password itself, which is for the server to judge; over TLS only.
   *
   * @param byPassword what the password opens
   */
  static ClientAuthentication byPassword(Function<Secret, Credentials> byPassword) {
    return new ClientAuthentication(null, null, byPassword);
  }

  /** The message that asks for the proof. */
  Authentication first() {
    if (scram != null) {
      return new Authentication.Sasl(scram.mechanisms());
    }
    return md5Verifier != null
        ? new Authentication.Md5Password(md5Salt)
        : new Authentication.CleartextPassword();
  }

  /**
   * Takes a whole message of the client and moves behind it.
   *
   * @throws ProtocolException when it is malformed
   * @throws AuthenticationException when somebody stands between the client and Turnout
   */
  Step answer(ByteBuf message) throws AuthenticationException {
    if (scram == null) {
      PasswordMessage password = PasswordMessage.decode(message);
      return md5Verifier == null ? clearText(password) : md5(md5Verifier, password);
    }
    if (challenged) {
      return proof(scram, SaslResponse.decode(message));
    }
    challenged = true;
    SaslInitialResponse initial = SaslInitialResponse.decode(message);
    String data = initial.data();
    if (data == null) {
      throw new ProtocolException("client sent no SCRAM message");
    }
    return new Step.Challenge(
        new Authentication.SaslContinue(scram.challenge(initial.mechanism(), data)));
  }

  private static Step proof(ScramServer exchange, SaslResponse response)
      throws AuthenticationException {
    Optional<ScramServer.Accepted> accepted = exchange.finish(response.data());
    if (accepted.isEmpty()) {
      return new Step.Failed();
    }
    return new Step.Proved(
        List.of(new Authentication.SaslFinal(accepted.get().serverFinal())),
        PasswordCredentials.byKeys(accepted.get().keys()));
  }

  private Step md5(String verifier, PasswordMessage message) {
    return Md5Password.isAnswer(verifier, md5Salt, message.password())
        ? new Step.Proved(List.of(), PasswordCredentials.byMd5Verifier(verifier))
        : new Step.Failed();
  }

  private Step clearText(PasswordMessage message) {
    return message.password().isEmpty()
        ? new Step.Failed()
        : new Step.Proved(List.of(), byPassword.apply(new Secret(message.password())));
  }
}
