package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.authentication.AuthenticationException;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.protocol.postgres.message.BackendMessage;
import org.turnout.protocol.postgres.message.StartupMessage;
import org.turnout.proxy.session.Lane;
import org.turnout.proxy.session.SparingLog;
import org.turnout.proxy.tls.ChannelSecurity;

/**
 * The proof of a client that has said who it is. What it has to prove is asked of the primary; what
 * it answers meanwhile waits in {@link ClientStart}. Confined to the client's event loop.
 */
final class ClientProof {
  private static final Logger LOG = LoggerFactory.getLogger(ClientProof.class);
  private static final SparingLog OFTEN = new SparingLog(LOG);

  private final ClientStart start;
  private final PostgresTraffic traffic;
  private final Lane lane;
  private final StartAnswers answers;
  private final StartupMessage asked;
  private final String user;
  private @Nullable ClientAuthentication exchange;

  ClientProof(
      ClientStart start,
      PostgresTraffic traffic,
      Lane lane,
      StartAnswers answers,
      StartupMessage asked) {
    this.start = start;
    this.traffic = traffic;
    this.lane = lane;
    this.answers = answers;
    this.asked = asked;
    this.user = String.valueOf(asked.user());
  }

  /** Finds out what the client has to prove, if anything. */
  void begin(ChannelSecurity security) {
    switch (traffic.roles().admit(lane.route().primary(), user, security)) {
      case Entrance.Refused(String sqlState, String why) -> answers.refuse(sqlState, why);
      case Entrance.Believed(Credentials credentials) -> proved(List.of(), credentials);
      case Entrance.Asked(CompletableFuture<ClientAuthentication> begun) ->
          begun.whenComplete((first, failure) -> lane.loop().execute(() -> ask(first, failure)));
    }
  }

  private void ask(@Nullable ClientAuthentication begun, @Nullable Throwable failure) {
    if (answers.isOver()) {
      return;
    }
    if (begun == null) {
      OFTEN.write(
          Level.WARN,
          "cannot read the password verifier of a role: {}",
          String.valueOf(failure == null ? null : Cause.of(failure)));
      answers.refuse("57P03", "the proxy cannot check passwords now: the primary is not reachable");
      return;
    }
    exchange = begun;
    answers.send(begun.first());
    start.advance();
  }

  /** Takes what is there of the client's answers, once it was asked. */
  void take(ByteBuf bytes) {
    ClientAuthentication current = exchange;
    while (current != null
        && !answers.isOver()
        && bytes.isReadable()
        && Frames.isComplete(bytes, bytes.readerIndex(), Frames.AUTHENTICATION_LIMIT)) {
      take(current, bytes);
    }
  }

  private void take(ClientAuthentication current, ByteBuf bytes) {
    byte type = Frames.type(bytes, bytes.readerIndex());
    if (type != FrontendType.PASSWORD) {
      throw new ProtocolException("expected password response, got message type " + type);
    }
    try {
      switch (current.answer(bytes)) {
        case ClientAuthentication.Step.Challenge challenge -> answers.send(challenge.message());
        case ClientAuthentication.Step.Proved(var last, var credentials) ->
            proved(last, credentials);
        case ClientAuthentication.Step.Failed() -> failed();
      }
    } catch (AuthenticationException e) {
      answers.refuse("28000", String.valueOf(e.getMessage()));
    }
  }

  private void failed() {
    answers.refuse("28P01", "password authentication failed for user \"" + user + "\"");
  }

  private void proved(List<? extends BackendMessage> last, Credentials byProof) {
    start.known(asked, traffic.roles().credentials(user, byProof), answers.handOver(last));
  }
}
