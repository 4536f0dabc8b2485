package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.Side;
import org.turnout.migration.Traffic;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.protocol.postgres.message.BackendKeyData;
import org.turnout.protocol.postgres.message.BackendMessage;
import org.turnout.protocol.postgres.message.NoticeResponse;
import org.turnout.protocol.postgres.message.TransactionStatus;
import org.turnout.proxy.gate.Held;
import org.turnout.proxy.session.Lane;
import org.turnout.proxy.session.Session;

/**
 * One client of a PostgreSQL route from its authentication to its end.
 *
 * <pre>
 * held ──gate opens──▶ connecting ──ReadyForQuery──▶ serving ──▶ ended
 *                                                    │    ▲
 *                                     (at boundary)  ▼    │
 *                              lent: Turnout itself talks to the backend ({@link Loan})
 *                              reading: the secondary works      ({@link SecondaryReads})
 * </pre>
 *
 * <p>Rules: what belongs to a unit that has begun always goes on; never two backends work for the
 * client at once; nothing of the client goes to a backend while it is lent. Confined to its event
 * loop, except {@link #view}.
 */
final class PostgresSession implements Session, Held {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresSession.class);
  private static final int LINGER_SECONDS = 10;

  private final Lane lane;
  private final SessionIdentity identity;
  private final Channel client;
  private final BackendConnector connector;
  private final CancelKeys cancelKeys;
  private final BackendKeyData cancelKey;
  private final SessionGate gate;
  private final ReplyTracker tracker = new ReplyTracker();
  private final ReplyStream replies;
  private final ClientStream requests;
  private final Loan loan;
  private final SessionWords words = new SessionWords();
  private final SessionMove move;
  private final SecondaryReads reads;
  private final Detour detour;
  private final List<BackendMessage> greeting;
  private final boolean plain;
  private @Nullable BackendLink primary;
  private boolean serving;
  private boolean leaving;
  private boolean ended;

  /**
   * @param greeting what the client is still to be told of its authentication, before its outcome
   * @param early what the client has sent ahead; owned by the session
   */
  PostgresSession(
      Lane lane,
      long number,
      Client who,
      BackendConnector connector,
      CancelKeys cancelKeys,
      ReadPolicy policy,
      List<BackendMessage> greeting,
      @Nullable ByteBuf early) {
    this.lane = lane;
    this.identity = new SessionIdentity(number, who, lane.route().primary());
    this.client = who.channel();
    this.connector = connector;
    this.cancelKeys = cancelKeys;
    this.greeting = greeting;
    this.plain = who.isReplication();
    this.gate = new SessionGate(lane.gate(), identity.activity(), this);
    this.replies = new ReplyStream(this, client, tracker, lane.counters(), plain);
    this.requests = new ClientStream(this, lane.counters(), early);
    this.loan = new Loan(this, replies);
    this.move = new SessionMove(this, who, connector, words);
    this.reads = new SecondaryReads(this, move, policy);
    this.detour = new Detour(this, reads, tracker, replies, requests, words);
    this.cancelKey = cancelKeys.add(this);
  }

  // ---- start

  /** Takes the client over; connects to the primary once the gate is open. */
  ClientStream start() {
    lane.add(this);
    if (gate.isClosed()) {
      gate.hold(false);
    } else {
      connect();
    }
    return requests;
  }

  private void connect() {
    gate.connecting();
    identity.side(lane.route().primary());
    Client who = identity.client();
    connector
        .connect(lane.loop(), side(), who.startup(), who.credentials(), this::asynchronous)
        .whenComplete(
            (link, failure) -> {
              if (link != null) {
                connected(link);
              } else if (!ended) {
                LOG.info("session {}: {}", number(), failure.getMessage());
                List<BackendMessage> answer = new ArrayList<>(greeting);
                answer.add(LastWords.refusal(failure));
                end(answer);
              }
            });
  }

  private void connected(BackendLink link) {
    if (ended) {
      link.retire();
      return;
    }
    primary = link;
    serving = true;
    tell(Welcome.start(greeting, link, cancelKey));
    link.conversation().handOver(link, replies);
    settle();
    requests.pump();
  }

  /** What a backend sends by itself while Turnout talks to it. */
  void asynchronous(BackendLink from, ByteBuf frame) {
    if (serving && from == primary) {
      client.writeAndFlush(frame.copy(), client.voidPromise());
    } else if (!serving && Frames.type(frame, frame.readerIndex()) == BackendType.NOTICE_RESPONSE) {
      from.notices().add(NoticeResponse.decode(frame));
    }
  }

  void tell(List<BackendMessage> messages) {
    client.writeAndFlush(Encoding.encode(client.alloc(), messages), client.voidPromise());
  }

  // ---- the client's side of the stream

  boolean takesFromClient() {
    return serving && !ended && !loan.isLent() && !isReading();
  }

  /** Whether the unit at the head of the client's bytes was taken off the way to the primary. */
  boolean takesElsewhere(ByteBuf bytes) {
    return !plain
        && !gate.isRunning()
        && !gate.isClosed()
        && tracker.atBoundary()
        && detour.takes(bytes);
  }

  /** Whether the next frame of the client may go on now. */
  boolean mayPass(byte type) {
    return !gate.isClosed()
        || plain
        || detour.isOver()
        || tracker.isInsideUnit()
        || type == FrontendType.TERMINATE;
  }

  /** A frame of the client goes on, of which {@code there} bytes are in the buffer. */
  void passing(byte type, ByteBuf bytes, int index, int there, int size) {
    gate.began();
    detour.passing();
    move.stale();
    if (type == FrontendType.TERMINATE) {
      leaving = true;
    }
    if (plain) {
      return;
    }
    if (tracker.sent(type)) {
      lane.counters().queryForwarded(side());
    }
    reads.passing(type, bytes, index, there, size);
    words.frame(type, bytes, index, there, size);
  }

  /** More of a frame goes on. */
  void passingOn(ByteBuf bytes, int index, int count) {
    words.more(bytes, index, count);
  }

  void toBackend(ByteBuf bytes) {
    BackendLink link = primary;
    if (link == null) {
      bytes.release();
      return;
    }
    link.channel().writeAndFlush(bytes, link.channel().voidPromise());
  }

  boolean backendTakesMore() {
    BackendLink link = primary;
    return link != null && link.channel().isWritable();
  }

  void readClient() {
    client.read();
  }

  /** The client has sent something that may not go on now. */
  void heldBack() {
    if (gate.isClosed() && tracker.atBoundary()) {
      gate.hold(true);
    }
  }

  // ---- the backend's side of the stream

  /** Replies that may have ended something went to the client. */
  void repliesPassed() {
    settle();
    requests.pump();
  }

  /** A backend refused something of the client. */
  void refused(BackendLink link) {
    if (link == primary) {
      reads.primaryRefused();
    }
  }

  /** The backend takes more, or is the client's again. */
  void goOn() {
    requests.pump();
  }

  void clientWritable() {
    BackendLink link = serving();
    if (link != null) {
      link.read();
    }
  }

  // ---- boundary and gate

  /** The client's unit has begun elsewhere than on the primary. */
  void began() {
    gate.began();
  }

  /** Finds out whether the session stands at its boundary now. */
  void settle() {
    if (!serving || ended || reads.isUndecided()) {
      return;
    }
    if (plain || (tracker.atBoundary() && requests.isAtFrame() && replies.isAtFrame())) {
      boundary(System.nanoTime());
    } else if (!tracker.awaitsReply() && tracker.status() != TransactionStatus.IDLE) {
      gate.inTransaction();
    }
  }

  private void boundary(long nanos) {
    detour.unitEnded(gate.isRunning(), nanos);
    gate.atBoundary(nanos);
    if (!plain && !gate.isClosed()) {
      reads.prepare();
    }
  }

  @Override
  public void released() {
    gate.released();
    if (serving && !ended) {
      requests.pump();
    } else if (!ended) {
      connect();
    }
  }

  // ---- who serves

  @Nullable BackendLink primary() {
    return primary;
  }

  boolean isServedBy(BackendLink link) {
    return link == serving();
  }

  /** Whether the secondary works for the client. */
  boolean isReading() {
    return reads.active() != null;
  }

  private @Nullable BackendLink serving() {
    BackendLink secondary = reads.active();
    return secondary != null ? secondary : primary;
  }

  ReplyStream replies() {
    return replies;
  }

  /** The client asks, on another connection, to cancel what runs; completes when that was tried. */
  CompletableFuture<Void> cancel() {
    BackendLink link = serving();
    BackendKeyData key = link == null ? null : link.key();
    if (link == null || key == null || loan.isLent() || !gate.isRunning()) {
      return CompletableFuture.completedFuture(null);
    }
    return connector.cancel(link, key);
  }

  boolean mayBeBorrowed() {
    return serving
        && !plain
        && !ended
        && !loan.isLent()
        && !gate.isRunning()
        && tracker.atBoundary();
  }

  <T> CompletableFuture<T> borrow(Function<BackendLink, CompletableFuture<T>> talk) {
    return loan.borrow(talk);
  }

  // ---- end

  void clientGone() {
    BackendLink link = primary;
    if (link != null && requests.isAtFrame() && link.channel().isWritable() && !leaving) {
      link.retire();
    } else if (link != null) {
      link.abort();
    }
    ended();
  }

  void clientFailed(Throwable cause) {
    LOG.debug("session {}: connection to the client failed", number(), cause);
    client.close();
  }

  /** The client broke the protocol. */
  void brokenRequest(ProtocolException why) {
    LOG.warn("session {} of {}: {}", number(), identity.client().address(), why.getMessage());
    end(LastWords.violation(why));
  }

  /** The server broke the protocol, or Turnout does not understand it. */
  void brokenReply(BackendLink link, ProtocolException why) {
    LOG.error("session {}: {} database: {}", number(), link.side().word(), why.getMessage());
    end(LastWords.violation(why));
  }

  void backendGone(BackendLink link, @Nullable Throwable cause) {
    if (ended) {
      return;
    }
    if (link == reads.active()) {
      detour.secondaryGone(link);
    } else if (link == primary && (leaving || replies.sawFatal())) {
      end(List.of());
    } else if (link == primary) {
      String reason = cause == null ? "closed by the server" : String.valueOf(cause.getMessage());
      LOG.warn("session {}: connection to {} lost: {}", number(), side().word(), reason);
      end(LastWords.lost(side()));
    }
  }

  @Override
  public void shutDown() {
    end(LastWords.shutDown());
  }

  /** Tells the client, if a whole frame can be told, and ends both connections. */
  void end(List<BackendMessage> lastWords) {
    if (ended) {
      return;
    }
    BackendLink link = primary;
    if (link != null && requests.isAtFrame()) {
      link.retire();
    } else if (link != null) {
      link.abort();
    }
    boolean told = replies.isAtFrame();
    ended();
    client
        .writeAndFlush(Encoding.encode(client.alloc(), told ? lastWords : List.of()))
        .addListener(sent -> client.close());
    lane.loop().schedule(() -> client.close(), LINGER_SECONDS, TimeUnit.SECONDS);
  }

  private void ended() {
    if (ended) {
      return;
    }
    ended = true;
    reads.release();
    requests.release();
    replies.release();
    cancelKeys.remove(cancelKey);
    move.forget();
    lane.remove(this);
    gate.leave();
  }

  // ---- what the route asks

  @Override
  public Traffic.SessionView view() {
    return identity.view();
  }

  @Override
  public CompletableFuture<Void> connectAhead() {
    return serving && !plain ? move.connectAhead() : CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<Optional<Traffic.Immovable>> move() {
    if (!serving) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    return plain ? CompletableFuture.completedFuture(move.replication()) : move.move();
  }

  @Override
  public void flip(Side next) {
    BackendLink old = primary;
    if (ended || old == null || side() == next) {
      return;
    }
    BackendLink fresh = move.takeReady();
    if (fresh == null) {
      LOG.error(
          "session {} of {} could not be moved: it is ended",
          number(),
          identity.client().address());
      shutDown();
      return;
    }
    primary = fresh;
    identity.side(next);
    reads.flipped();
    words.unnamed().restored();
    replies.release();
    old.retire();
    tell(Welcome.changes(old.parameters(), fresh.parameters()));
    fresh.conversation().handOver(fresh, replies);
  }

  @Override
  public void forgetAhead() {
    if (!reads.areOn() && !isReading()) {
      move.forget();
    }
  }

  // ---- who it is

  SessionIdentity identity() {
    return identity;
  }

  long number() {
    return identity.number();
  }

  Lane lane() {
    return lane;
  }

  Side side() {
    return identity.side();
  }

  Detour detour() {
    return detour;
  }

  boolean isEnded() {
    return ended;
  }
}
