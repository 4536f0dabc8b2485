package org.turnout.proxy.postgres;

import io.netty.channel.EventLoop;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.message.Authentication;
import org.turnout.protocol.postgres.message.BackendKeyData;
import org.turnout.protocol.postgres.message.BackendMessage;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.ReadyForQuery;

/**
 * The start of a backend connection, from the first Authentication message to the first
 * ReadyForQuery. An error of the server ends it and is kept as it is, for the client. Confined to
 * the link's event loop.
 */
final class BackendLogin implements Conversation.Turn {
  /** {@code invalid_authorization_specification}. */
  private static final String INVALID_AUTHORIZATION = "28000";

  private final BackendLink link;
  private final Conversation conversation;
  private final Credentials.Proof proof;
  private final CompletableFuture<BackendLink> ready;
  private boolean authenticated;

  BackendLogin(
      BackendLink link,
      Conversation conversation,
      Credentials.Proof proof,
      CompletableFuture<BackendLink> ready) {
    this.link = link;
    this.conversation = conversation;
    this.proof = proof;
    this.ready = ready;
  }

  @Override
  public void message(BackendMessage message) {
    switch (message) {
      case Authentication.Ok ok -> {
        authenticated = true;
        answer(ok);
      }
      case Authentication challenge -> answer(challenge);
      case BackendKeyData key -> link.key(key);
      case ErrorResponse error -> refuse(new BackendException(error, authenticated));
      case ReadyForQuery end -> {
        conversation.end();
        ready.complete(link);
      }
      default -> {
        // NegotiateProtocolVersion: nothing of a newer protocol was asked for that matters.
      }
    }
  }

  @Override
  public void lost(Throwable cause) {
    ready.completeExceptionally(BackendConnector.unreachable(link.side(), cause));
  }

  private void answer(Authentication challenge) {
    proof
        .answer(challenge)
        .whenComplete(
            (answer, failure) -> {
              EventLoop loop = link.channel().eventLoop();
              if (loop.inEventLoop()) {
                answered(answer, failure);
              } else {
                loop.execute(() -> answered(answer, failure));
              }
            });
  }

  private void answered(@Nullable Optional<FrontendMessage> answer, @Nullable Throwable failure) {
    if (failure != null) {
      refuse(cannotAuthenticate(failure));
    } else if (answer != null && answer.isPresent()) {
      link.send(List.of(answer.get()));
    }
  }

  private BackendException cannotAuthenticate(Throwable failure) {
    Throwable reason = Cause.of(failure);
    String text =
        "the proxy cannot authenticate to the "
            + link.side().word()
            + " database: "
            + reason.getMessage();
    return new BackendException(ErrorResponse.fatal(INVALID_AUTHORIZATION, text), reason);
  }

  private void refuse(BackendException why) {
    ready.completeExceptionally(why);
    link.abort();
  }
}
