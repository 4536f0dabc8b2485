package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.protocol.postgres.message.BackendMessage;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.proxy.session.ClientAddress;

/**
 * What a client hears before it has a session. Rule: there is one end, and nothing is said behind
 * it. Confined to the client's event loop.
 */
final class StartAnswers {
  private static final Logger LOG = LoggerFactory.getLogger(StartAnswers.class);

  private final Channel client;
  private final List<BackendMessage> greeting = new ArrayList<>();
  private boolean over;

  StartAnswers(Channel client) {
    this.client = client;
  }

  /** Whether the client has heard all that it is to hear from here. */
  boolean isOver() {
    return over;
  }

  /** Nothing more is to be said: the client is gone, or is answered by closing. */
  void end() {
    over = true;
  }

  /** Says this together with what comes next, whatever that is. */
  void greet(BackendMessage message) {
    greeting.add(message);
  }

  void send(BackendMessage message) {
    greeting.add(message);
    client.writeAndFlush(Encoding.encode(client.alloc(), greeting), client.voidPromise());
    greeting.clear();
  }

  /** Leaves it to a session to say the rest, which this is the beginning of. */
  List<BackendMessage> handOver(List<? extends BackendMessage> last) {
    over = true;
    greeting.addAll(last);
    return greeting;
  }

  /** Ends the connection without a word, as the server does it with what is no client. */
  void drop(String reason) {
    if (!over) {
      over = true;
      LOG.debug("connection of {} dropped: {}", ClientAddress.text(client), reason);
      client.close();
    }
  }

  /** Ends it in the words of before version 3. */
  void outdated(String message) {
    over = true;
    ByteBuf text = ByteBufUtil.writeUtf8(client.alloc(), "EFATAL:  " + message + "\n\0");
    client.writeAndFlush(text).addListener(ChannelFutureListener.CLOSE);
  }

  void refuse(String sqlState, String message) {
    refuse(ErrorResponse.fatal(sqlState, message));
  }

  void refuse(ErrorResponse reason) {
    if (over) {
      return;
    }
    over = true;
    greeting.add(reason);
    client
        .writeAndFlush(Encoding.encode(client.alloc(), greeting))
        .addListener(sent -> client.close());
  }
}
