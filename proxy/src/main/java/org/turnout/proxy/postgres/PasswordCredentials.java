package org.turnout.proxy.postgres;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.Secret;
import org.turnout.config.Side;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.authentication.AuthenticationException;
import org.turnout.protocol.postgres.authentication.ChannelBinding;
import org.turnout.protocol.postgres.authentication.Md5Password;
import org.turnout.protocol.postgres.authentication.ScramClient;
import org.turnout.protocol.postgres.authentication.ScramKeys;
import org.turnout.protocol.postgres.authentication.ScramServer;
import org.turnout.protocol.postgres.message.Authentication;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.PasswordMessage;
import org.turnout.protocol.postgres.message.SaslInitialResponse;
import org.turnout.protocol.postgres.message.SaslResponse;
import org.turnout.proxy.tls.ChannelSecurity;

/**
 * What a client's own proof, or the configuration, lets Turnout prove to a backend: by a password,
 * by the keys that a SCRAM proof gave away, by a stored MD5 verifier, or nothing at all. Immutable;
 * as good as a password, so never shown.
 */
final class PasswordCredentials implements Credentials {
  private static final Logger LOG = LoggerFactory.getLogger(PasswordCredentials.class);

  private final @Nullable Function<ChannelBinding, ScramClient> scram;
  private final @Nullable String md5Verifier;
  private final @Nullable Secret password;
  private final Executor slow;

  private PasswordCredentials(
      @Nullable Function<ChannelBinding, ScramClient> scram,
      @Nullable String md5Verifier,
      @Nullable Secret password,
      Executor slow) {
    this.scram = scram;
    this.md5Verifier = md5Verifier;
    this.password = password;
    this.slow = slow;
  }

  /** Nothing can be proved: the backend has to trust Turnout. */
  static Credentials none() {
    return new PasswordCredentials(null, null, null, Runnable::run);
  }

  static Credentials byKeys(ScramKeys keys) {
    return new PasswordCredentials(
        binding -> ScramClient.byKeys(keys, binding), null, null, Runnable::run);
  }

  static Credentials byMd5Verifier(String verifier) {
    return new PasswordCredentials(null, verifier, null, Runnable::run);
  }

  /**
   * @param slow where the milliseconds of a proof by password are spent
   */
  static Credentials byPassword(String role, Secret password, Executor slow) {
    return new PasswordCredentials(
        binding -> ScramClient.byPassword(password.reveal(), binding),
        Md5Password.verifier(role, password.reveal()),
        password,
        slow);
  }

  @Override
  public Proof prove(Side side, ChannelSecurity security) {
    return new Dialogue(side, security);
  }

  /** One login. The executor's hand-over orders the accesses to the exchange. */
  private final class Dialogue implements Proof {
    private final Side side;
    private final ChannelSecurity security;
    private @Nullable ScramClient exchange;

    Dialogue(Side side, ChannelSecurity security) {
      this.side = side;
      this.security = security;
    }

    @Override
    public CompletableFuture<Optional<FrontendMessage>> answer(Authentication challenge) {
      return CompletableFuture.completedFuture(challenge)
          .thenComposeAsync(this::compute, executorFor(challenge));
    }

    private Executor executorFor(Authentication challenge) {
      return challenge instanceof Authentication.SaslContinue ? slow : Runnable::run;
    }

    private CompletableFuture<Optional<FrontendMessage>> compute(Authentication challenge) {
      try {
        return CompletableFuture.completedFuture(Optional.ofNullable(reply(challenge)));
      } catch (AuthenticationException | ProtocolException e) {
        return CompletableFuture.failedFuture(e);
      }
    }

    private @Nullable FrontendMessage reply(Authentication challenge)
        throws AuthenticationException {
      return switch (challenge) {
        case Authentication.Ok() -> null;
        case Authentication.CleartextPassword() -> new PasswordMessage(clearText());
        case Authentication.Md5Password(int salt) ->
            new PasswordMessage(Md5Password.answer(md5(), salt));
        case Authentication.Sasl sasl -> {
          exchange = begin(sasl);
          yield new SaslInitialResponse(exchange.mechanism(), exchange.first());
        }
        case Authentication.SaslContinue(String data) -> new SaslResponse(proof(data));
        case Authentication.SaslFinal(String data) -> {
          begun().verify(data);
          yield null;
        }
        case Authentication.Unsupported(int code) ->
            throw new AuthenticationException("it asks for authentication method " + code);
      };
    }

    private ScramClient begin(Authentication.Sasl sasl) throws AuthenticationException {
      if (scram == null) {
        throw new AuthenticationException("it asks for a password, and there is none to give");
      }
      if (sasl.mechanisms().contains(ScramServer.MECHANISM_PLUS)
          && security.otherEndPoint().isPresent()) {
        return scram.apply(ChannelBinding.endPoint(security.otherEndPoint().get()));
      }
      if (!sasl.mechanisms().contains(ScramServer.MECHANISM)) {
        throw new AuthenticationException("it offers only " + sasl.mechanisms());
      }
      boolean wouldBind =
          security.otherEndPoint().isPresent()
              && !sasl.mechanisms().contains(ScramServer.MECHANISM_PLUS);
      return scram.apply(wouldBind ? ChannelBinding.NOT_OFFERED : ChannelBinding.NONE);
    }

    private String proof(String challenge) throws AuthenticationException {
      ScramClient current = begun();
      String proof = current.answer(challenge);
      if (current.isHopeless()) {
        LOG.warn(
            "the {} database stores another password verifier of a role than its client proved, or"
                + " the role has expired there: it will refuse; `turnout users copy` brings"
                + " verifiers to green",
            side.word());
      }
      return proof;
    }

    private ScramClient begun() throws AuthenticationException {
      ScramClient begun = exchange;
      if (begun == null) {
        throw new AuthenticationException("it goes on with an exchange that was not begun");
      }
      return begun;
    }

    private String clearText() throws AuthenticationException {
      if (password == null) {
        throw new AuthenticationException("it asks for the password itself, which is not known");
      }
      if (!security.isPrivate()) {
        throw new AuthenticationException(
            "it asks for the password in clear text on a connection that is not encrypted");
      }
      return password.reveal();
    }

    private String md5() throws AuthenticationException {
      if (md5Verifier == null) {
        throw new AuthenticationException("it asks for an MD5 password, which is not known");
      }
      return md5Verifier;
    }
  }
}
