package org.turnout.bench.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.authentication.AuthenticationException;
import org.turnout.protocol.postgres.authentication.Md5Password;
import org.turnout.protocol.postgres.authentication.ScramClient;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.message.Authentication;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.Message;
import org.turnout.protocol.postgres.message.PasswordMessage;
import org.turnout.protocol.postgres.message.ProtocolVersion;
import org.turnout.protocol.postgres.message.Report;
import org.turnout.protocol.postgres.message.SaslInitialResponse;
import org.turnout.protocol.postgres.message.SaslResponse;
import org.turnout.protocol.postgres.message.StartupMessage;

/**
 * The start of one client's connection, until the server is ready; then it leaves the pipeline and
 * completes. Confined to the generator's event loop.
 */
final class Greeting extends ChannelInboundHandlerAdapter {
  private static final String SCRAM = "SCRAM-SHA-256";

  private final Login login;
  private final CompletableFuture<Channel> ready = new CompletableFuture<>();
  private @Nullable ByteBuf pending;
  private @Nullable ScramClient scram;

  Greeting(Login login) {
    this.login = login;
  }

  /** Completes on the event loop when the server is ready, fails by a {@link LoadException}. */
  CompletableFuture<Channel> ready() {
    return ready;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("user", login.user());
    parameters.put("database", login.database());
    parameters.put("application_name", "turnout-bench");
    send(context, new StartupMessage(ProtocolVersion.V3_0, parameters));
  }

  private static void send(ChannelHandlerContext context, Message message) {
    ByteBuf bytes = context.alloc().buffer(message.size());
    message.encode(bytes);
    context.writeAndFlush(bytes, context.voidPromise());
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    ByteBuf before = pending;
    if (before != null) {
      before.writeBytes(bytes);
      bytes.release();
      bytes = before;
    }
    pending = bytes;
    while (!ready.isDone() && Frames.isComplete(bytes, bytes.readerIndex(), 1 << 20)) {
      frame(context, bytes);
    }
    if (!bytes.isReadable() || ready.isDone()) {
      pending = null;
      bytes.release();
    }
  }

  private void frame(ChannelHandlerContext context, ByteBuf bytes) {
    int index = bytes.readerIndex();
    int next = index + Frames.size(bytes, index, 1 << 20);
    switch (bytes.getByte(index)) {
      case BackendType.AUTHENTICATION -> answer(context, Authentication.decode(bytes));
      case BackendType.ERROR_RESPONSE ->
          fail(context, String.valueOf(ErrorResponse.decode(bytes).report().field(Report.MESSAGE)));
      case BackendType.READY_FOR_QUERY -> {
        context.pipeline().remove(this);
        ready.complete(context.channel());
      }
      default -> {
        // Settings, notices and the cancel key are nothing that the load needs.
      }
    }
    bytes.readerIndex(next);
  }

  private void answer(ChannelHandlerContext context, Authentication question) {
    try {
      FrontendMessage answer = answerTo(question);
      if (answer != null) {
        send(context, answer);
      }
    } catch (AuthenticationException e) {
      fail(context, "the login failed: " + e.getMessage());
    }
  }

  private @Nullable FrontendMessage answerTo(Authentication question)
      throws AuthenticationException {
    return switch (question) {
      case Authentication.Ok _ -> null;
      case Authentication.CleartextPassword _ -> new PasswordMessage(password());
      case Authentication.Md5Password md5 ->
          new PasswordMessage(
              Md5Password.answer(Md5Password.verifier(login.user(), password()), md5.salt()));
      case Authentication.Sasl _ -> {
        scram = ScramClient.byPassword(password());
        yield new SaslInitialResponse(SCRAM, scram.first());
      }
      case Authentication.SaslContinue challenge ->
          new SaslResponse(exchange().answer(challenge.data()));
      case Authentication.SaslFinal last -> {
        exchange().verify(last.data());
        yield null;
      }
      case Authentication.Unsupported unknown ->
          throw new AuthenticationException(
              "the server asks for an authentication that the load generator does not know ("
                  + unknown.code()
                  + ")");
    };
  }

  private ScramClient exchange() throws AuthenticationException {
    ScramClient current = scram;
    if (current == null) {
      throw new AuthenticationException("the server goes on with SASL before its start");
    }
    return current;
  }

  private String password() throws AuthenticationException {
    String password = login.password();
    if (password == null) {
      throw new AuthenticationException("the server asks for a password, and none was given");
    }
    return password;
  }

  private void fail(ChannelHandlerContext context, String why) {
    ready.completeExceptionally(new LoadException(why));
    context.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    ByteBuf rest = pending;
    pending = null;
    if (rest != null) {
      rest.release();
    }
    ready.completeExceptionally(new LoadException("the connection was closed at its start"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    fail(
        context,
        cause instanceof LoadException told
            ? String.valueOf(told.getMessage())
            : "the connection failed: " + cause);
  }
}
