package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.io.EOFException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.message.BackendMessage;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.ParameterStatus;

/**
 * Turnout's own talk with a backend: login, questions about the state of a session, its replay.
 * Whole messages only, of bounded size.
 *
 * <p>What may come at any time (settings, notices, notifications) goes elsewhere, as the frame that
 * it is. With no {@link Turn} the talk rests and only such frames are expected. Confined to the
 * link's event loop.
 */
final class Conversation implements LinkReceiver {
  private static final int LARGEST_MESSAGE = 64 << 20;

  /** One exchange. Its methods are the last thing that the conversation does for a frame. */
  interface Turn {
    void message(BackendMessage message);

    /** The connection ended, or the server broke the protocol, before the exchange did. */
    void lost(Throwable cause);
  }

  /** What becomes of a frame that may come at any time. */
  interface Asynchronous {
    /**
     * @param frame a whole frame; valid for the call only
     */
    void frame(BackendLink from, ByteBuf frame);
  }

  private final Asynchronous asynchronous;
  private Consumer<Throwable> whenLost = cause -> {};
  private @Nullable Turn turn;
  private @Nullable CompletableFuture<Void> rested;
  private @Nullable ByteBuf pending;
  private boolean detached;

  Conversation(Asynchronous asynchronous) {
    this.asynchronous = asynchronous;
  }

  /** Is told when the connection ends while no turn runs. */
  void whenLost(Consumer<Throwable> listener) {
    whenLost = listener;
  }

  /** Begins an exchange; none may run. */
  void begin(Turn next) {
    assert turn == null;
    turn = next;
  }

  /** Ends the exchange that runs, from inside its {@link Turn#message}. */
  void end() {
    turn = null;
  }

  boolean isResting() {
    return turn == null;
  }

  /** Completes when no exchange runs, whatever came of it; at once where none does. */
  CompletableFuture<Void> rested() {
    if (turn == null) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> waiting = rested;
    if (waiting == null) {
      rested = waiting = new CompletableFuture<>();
    }
    return waiting;
  }

  /**
   * Gives the link to another receiver, together with the bytes that were read and not used. May be
   * called from inside a turn.
   */
  void handOver(BackendLink link, LinkReceiver next) {
    turn = null;
    detached = true;
    link.receiver(next);
    ByteBuf rest = pending;
    pending = null;
    if (rest != null && rest.isReadable()) {
      next.read(link, rest);
    } else {
      if (rest != null) {
        rest.release();
      }
      link.read();
    }
  }

  /** Takes the link back after {@link #handOver}. */
  void takeOver(BackendLink link) {
    detached = false;
    link.receiver(this);
  }

  /** The link is not to be talked on any more. */
  void retired() {
    lose(new EOFException("the connection was given up"));
  }

  @Override
  public void read(BackendLink link, ByteBuf buffer) {
    ByteBuf before = pending;
    pending = before == null ? buffer : Encoding.join(link.channel().alloc(), before, buffer);
    try {
      frames(link);
    } catch (ProtocolException e) {
      lose(e);
      link.abort();
      return;
    }
    if (!detached) {
      compact();
      link.read();
    }
  }

  @Override
  public void writable() {
    // What Turnout itself says is short: it is not throttled.
  }

  @Override
  public void closed(BackendLink link, @Nullable Throwable cause) {
    lose(cause != null ? cause : new EOFException("the server closed the connection"));
  }

  private void frames(BackendLink link) {
    for (ByteBuf bytes = pending; bytes != null; bytes = pending) {
      if (!Frames.isComplete(bytes, bytes.readerIndex(), LARGEST_MESSAGE)) {
        return;
      }
      frame(link, bytes);
    }
  }

  private void frame(BackendLink link, ByteBuf bytes) {
    int start = bytes.readerIndex();
    byte type = Frames.type(bytes, start);
    switch (type) {
      case BackendType.NOTICE_RESPONSE, BackendType.NOTIFICATION_RESPONSE -> {
        int size = Frames.size(bytes, start, LARGEST_MESSAGE);
        bytes.skipBytes(size);
        asynchronous.frame(link, bytes.slice(start, size));
      }
      case BackendType.PARAMETER_STATUS -> {
        ParameterStatus status = ParameterStatus.decode(bytes);
        link.parameter(status.name(), status.value());
        asynchronous.frame(link, bytes.slice(start, bytes.readerIndex() - start));
      }
      default -> {
        BackendMessage message = BackendMessage.decode(bytes);
        Turn current = turn;
        if (current != null) {
          current.message(message);
          tellRested();
        } else if (!(message instanceof ErrorResponse)) {
          // An error that comes by itself is the server's reason to end the connection.
          throw new ProtocolException("unexpected " + message.getClass().getSimpleName());
        }
      }
    }
  }

  private void lose(Throwable cause) {
    release();
    Turn current = turn;
    turn = null;
    if (current != null) {
      current.lost(cause);
      tellRested();
    } else {
      whenLost.accept(cause);
    }
  }

  private void tellRested() {
    CompletableFuture<Void> waiting = rested;
    if (waiting != null && turn == null) {
      rested = null;
      waiting.complete(null);
    }
  }

  private void compact() {
    ByteBuf bytes = pending;
    if (bytes != null && !bytes.isReadable()) {
      release();
    }
  }

  private void release() {
    ByteBuf bytes = pending;
    pending = null;
    if (bytes != null) {
      bytes.release();
    }
  }
}
