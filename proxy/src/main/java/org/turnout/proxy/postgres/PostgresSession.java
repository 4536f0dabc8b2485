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
import org.turnout.protocol.postgres.message.Authentication;
import org.turnout.protocol.postgres.message.BackendKeyData;
import org.turnout.protocol.postgres.message.BackendMessage;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.NoticeResponse;
import org.turnout.protocol.postgres.message.ParameterStatus;
import org.turnout.protocol.postgres.message.ReadyForQuery;
import org.turnout.protocol.postgres.message.TransactionStatus;
import org.turnout.proxy.gate.Held;
import org.turnout.proxy.session.Activity;
import org.turnout.proxy.session.Lane;
import org.turnout.proxy.session.Session;

/**
 * One client of a PostgreSQL route from its authentication to its end.
 *
 * <pre>
 * held ──gate opens──▶ connecting ──ReadyForQuery──▶ serving ──▶ ended
 *                                                    │    ▲
 *                                     (at boundary)  ▼    │
 *                                                   borrowed: Turnout itself talks to a backend
 * </pre>
 *
 * <p>Rules: a session counts as running at the gate from the first byte of a unit to the boundary
 * behind it; what belongs to a unit that has begun always goes on; nothing of the client goes to a
 * backend while it is borrowed. Confined to its event loop, except {@link #view}.
 */
final class PostgresSession implements Session, Held {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresSession.class);

  /** {@code admin_shutdown}: what drivers and pools take as a reason to connect again. */
  private static final String SHUTDOWN = "57P01";

  private static final int LINGER_SECONDS = 10;

  private final Lane lane;
  private final long number;
  private final Client identity;
  private final Channel client;
  private final BackendConnector connector;
  private final CancelKeys cancelKeys;
  private final BackendKeyData cancelKey;
  private final Activity activity = new Activity();
  private final ReplyTracker tracker = new ReplyTracker();
  private final ReplyStream replies;
  private final ClientStream requests;
  private final SessionMove move;
  private final List<BackendMessage> greeting;
  private final boolean plain;
  private volatile Side side;
  private @Nullable BackendLink primary;
  private boolean running;
  private boolean queued;
  private boolean serving;
  private boolean borrowed;
  private boolean leaving;
  private boolean ended;

  /**
   * @param greeting what the client is still to be told of its authentication, before its outcome
   * @param early what the client has sent ahead; owned by the session
   */
  PostgresSession(
      Lane lane,
      long number,
      Client identity,
      BackendConnector connector,
      CancelKeys cancelKeys,
      List<BackendMessage> greeting,
      @Nullable ByteBuf early) {
    this.lane = lane;
    this.number = number;
    this.identity = identity;
    this.client = identity.channel();
    this.connector = connector;
    this.cancelKeys = cancelKeys;
    this.greeting = greeting;
    this.plain = identity.isReplication();
    this.side = lane.route().primary();
    this.replies = new ReplyStream(this, client, tracker, lane.counters());
    this.requests = new ClientStream(this, lane.counters(), early);
    this.move = new SessionMove(this, identity, connector);
    this.cancelKey = cancelKeys.add(this);
    if (plain) {
      replies.plain();
    }
  }

  // ---- start

  /** Takes the client over; connects to the primary once the gate is open. */
  ClientStream start() {
    lane.add(this);
    if (lane.gate().isClosed()) {
      hold();
    } else {
      connect();
    }
    return requests;
  }

  private void connect() {
    began();
    side = lane.route().primary();
    connector
        .connect(lane.loop(), side, identity.startup(), identity.credentials(), this::asynchronous)
        .whenComplete(
            (link, failure) -> {
              if (link != null) {
                connected(link);
              } else {
                refused(failure);
              }
            });
  }

  private void connected(BackendLink link) {
    if (ended) {
      link.terminate();
      return;
    }
    primary = link;
    serving = true;
    List<BackendMessage> welcome = new ArrayList<>(greeting);
    welcome.add(new Authentication.Ok());
    link.parameters().forEach((name, value) -> welcome.add(new ParameterStatus(name, value)));
    welcome.add(cancelKey);
    welcome.addAll(link.notices());
    welcome.add(new ReadyForQuery(TransactionStatus.IDLE));
    client.writeAndFlush(Encoding.encode(client.alloc(), welcome), client.voidPromise());
    link.conversation().handOver(link, replies);
    settle();
    requests.pump();
  }

  private void refused(Throwable failure) {
    if (ended) {
      return;
    }
    LOG.info("session {}: {}", number, failure.getMessage());
    List<BackendMessage> answer = new ArrayList<>(greeting);
    answer.add(
        failure instanceof BackendException refusal
            ? refusal.answer()
            : ErrorResponse.fatal("XX000", "internal error of the proxy"));
    end(answer);
  }

  /** What a backend sends by itself while Turnout talks to it. */
  void asynchronous(BackendLink from, ByteBuf frame) {
    if (serving && from == primary) {
      client.writeAndFlush(frame.copy(), client.voidPromise());
    } else if (!serving && Frames.type(frame, frame.readerIndex()) == BackendType.NOTICE_RESPONSE) {
      from.notices().add(NoticeResponse.decode(frame));
    }
  }

  // ---- the client's side of the stream

  boolean takesFromClient() {
    return serving && !borrowed && !ended;
  }

  /** Whether the next frame of the client may go on now. */
  boolean mayPass(byte type) {
    return !lane.gate().isClosed()
        || plain
        || tracker.isInsideUnit()
        || type == FrontendType.TERMINATE;
  }

  /** A frame of the client goes on. */
  void passing(byte type) {
    began();
    move.stale();
    if (type == FrontendType.TERMINATE) {
      leaving = true;
    }
    if (!plain && tracker.sent(type)) {
      lane.counters().queryForwarded(side);
    }
  }

  /** Picks from a frame that goes on what only the client's words tell of the session's state. */
  void looking(byte type, ByteBuf bytes, int index, int there, int size) {
    int body = index + Frames.HEADER;
    switch (type) {
      case FrontendType.QUERY -> {
        move.unnamed().forget();
        if (there == size) {
          move.settingNames().statement(bytes, body, index + size);
        }
      }
      case FrontendType.PARSE -> {
        move.unnamed().parse(bytes, index, there, size);
        if (there == size) {
          move.settingNames().statement(bytes, body, index + size);
        }
      }
      case FrontendType.BIND -> {
        if (there == size) {
          move.settingNames().bind(bytes, body, index + size);
        }
      }
      default -> {
        // Nothing else tells of it.
      }
    }
  }

  void lookingOn(ByteBuf bytes, int index, int count) {
    move.unnamed().more(bytes, index, count);
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
    if (lane.gate().isClosed() && tracker.atBoundary()) {
      hold();
    }
  }

  // ---- the backend's side of the stream

  /** Replies that may have ended something went to the client. */
  void repliesPassed() {
    settle();
    requests.pump();
  }

  void backendWritable() {
    requests.pump();
  }

  void clientWritable() {
    BackendLink link = primary;
    if (link != null) {
      link.read();
    }
  }

  // ---- boundary and gate

  /** Finds out whether the session stands at its boundary now. */
  void settle() {
    if (!serving || ended) {
      return;
    }
    if (plain || (tracker.atBoundary() && requests.isAtFrame() && replies.isAtFrame())) {
      stopped();
      activity.become(Activity.State.IDLE, System.nanoTime());
    } else if (!tracker.awaitsReply() && tracker.status() != TransactionStatus.IDLE) {
      activity.become(Activity.State.IN_TRANSACTION, System.nanoTime());
    }
  }

  private void began() {
    if (!running) {
      running = true;
      lane.gate().began();
      if (serving) {
        activity.become(Activity.State.ACTIVE, System.nanoTime());
      }
    } else if (activity.state() == Activity.State.IN_TRANSACTION) {
      activity.become(Activity.State.ACTIVE, System.nanoTime());
    }
  }

  private void stopped() {
    if (running) {
      running = false;
      lane.gate().ended();
    }
  }

  private void hold() {
    if (!queued) {
      queued = true;
      lane.gate().hold(this);
      if (serving) {
        activity.become(Activity.State.PAUSED, System.nanoTime());
      }
    }
  }

  @Override
  public void released() {
    queued = false;
    if (ended) {
      return;
    }
    if (serving) {
      requests.pump();
    } else {
      connect();
    }
  }

  // ---- cancel

  /** The client asks, on another connection, to cancel what runs; completes when that was tried. */
  CompletableFuture<Void> cancel() {
    BackendLink link = primary;
    BackendKeyData key = link == null ? null : link.key();
    if (link == null || key == null || borrowed || !running) {
      return CompletableFuture.completedFuture(null);
    }
    return connector.cancel(link, key);
  }

  Lane lane() {
    return lane;
  }

  // ---- end

  void clientGone() {
    BackendLink link = primary;
    if (link != null) {
      boolean polite = requests.isAtFrame() && link.channel().isWritable();
      if (polite && !leaving) {
        link.terminate();
      } else {
        link.abort();
      }
    }
    ended();
  }

  void clientFailed(Throwable cause) {
    LOG.debug("session {}: connection to the client failed", number, cause);
    client.close();
  }

  /** The client broke the protocol. */
  void brokenRequest(ProtocolException why) {
    LOG.warn("session {} of {}: {}", number, identity.address(), why.getMessage());
    end(List.of(violation(why)));
  }

  /** The server broke the protocol, or Turnout does not understand it. */
  void brokenReply(BackendLink link, ProtocolException why) {
    LOG.error("session {}: {} database: {}", number, link.side().word(), why.getMessage());
    end(List.of(violation(why)));
  }

  private static ErrorResponse violation(ProtocolException why) {
    return ErrorResponse.fatal(ProtocolException.SQLSTATE, String.valueOf(why.getMessage()));
  }

  void backendGone(BackendLink link, @Nullable Throwable cause) {
    if (ended || link != primary) {
      return;
    }
    if (leaving || replies.sawFatal()) {
      end(List.of());
      return;
    }
    String reason = cause == null ? "closed by the server" : String.valueOf(cause.getMessage());
    LOG.warn("session {}: connection to {} lost: {}", number, side.word(), reason);
    end(
        List.of(
            ErrorResponse.fatal(
                SHUTDOWN, "the connection to the " + side.word() + " database was lost")));
  }

  @Override
  public void shutDown() {
    end(
        List.of(
            ErrorResponse.fatal(SHUTDOWN, "terminating connection due to administrator command")));
  }

  /** Tells the client, if a whole frame can be told, and ends both connections. */
  private void end(List<? extends BackendMessage> lastWords) {
    if (ended) {
      return;
    }
    BackendLink link = primary;
    if (link != null) {
      if (requests.isAtFrame()) {
        link.terminate();
      } else {
        link.abort();
      }
    }
    boolean tell = !lastWords.isEmpty() && replies.isAtFrame();
    ended();
    client
        .writeAndFlush(Encoding.encode(client.alloc(), tell ? lastWords : List.of()))
        .addListener(sent -> client.close());
    lane.loop().schedule(() -> client.close(), LINGER_SECONDS, TimeUnit.SECONDS);
  }

  private void ended() {
    if (ended) {
      return;
    }
    ended = true;
    requests.release();
    replies.release();
    cancelKeys.remove(cancelKey);
    move.forget();
    lane.remove(this);
    if (queued) {
      lane.gate().forget(this);
    }
    stopped();
  }

  // ---- what the route asks

  @Override
  public Traffic.SessionView view() {
    Activity.State state = activity.state();
    boolean atBoundary = state == Activity.State.IDLE || state == Activity.State.PAUSED;
    return new Traffic.SessionView(
        number,
        identity.address(),
        identity.user(),
        identity.database(),
        identity.application(),
        state.word(),
        side,
        atBoundary,
        activity.millis(System.nanoTime()));
  }

  @Override
  public CompletableFuture<Void> connectAhead() {
    return serving && !plain ? move.connectAhead() : CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<Optional<Traffic.Immovable>> move() {
    if (plain && serving) {
      return CompletableFuture.completedFuture(
          Optional.of(
              new Traffic.Immovable(
                  view(), "replication connection", "stop it, and start it on the new primary")));
    }
    return serving ? move.move() : CompletableFuture.completedFuture(Optional.empty());
  }

  @Override
  public void flip(Side next) {
    BackendLink old = primary;
    if (ended || old == null || side == next) {
      return;
    }
    BackendLink fresh = move.takeReady();
    if (fresh == null) {
      LOG.error("session {} of {} could not be moved: it is ended", number, identity.address());
      shutDown();
      return;
    }
    primary = fresh;
    side = next;
    replies.release();
    old.retire();
    List<ParameterStatus> changes = new ArrayList<>();
    fresh
        .parameters()
        .forEach(
            (name, value) -> {
              if (!value.equals(old.parameters().get(name))) {
                changes.add(new ParameterStatus(name, value));
              }
            });
    if (!changes.isEmpty()) {
      client.writeAndFlush(Encoding.encode(client.alloc(), changes), client.voidPromise());
    }
    fresh.conversation().handOver(fresh, replies);
  }

  @Override
  public void forgetAhead() {
    move.forget();
  }

  // ---- Turnout's own talk

  long number() {
    return number;
  }

  Side side() {
    return side;
  }

  boolean isEnded() {
    return ended;
  }

  boolean speaksUnicode() {
    BackendLink link = primary;
    return link != null && "UTF8".equals(link.parameters().get("client_encoding"));
  }

  boolean mayBeBorrowed() {
    return serving && !plain && !borrowed && !ended && !running && tracker.atBoundary();
  }

  /** At a boundary: talks to the primary's backend in place of the client, who waits meanwhile. */
  <T> CompletableFuture<T> borrow(Function<BackendLink, CompletableFuture<T>> talk) {
    BackendLink link = primary;
    if (link == null || !mayBeBorrowed()) {
      return CompletableFuture.failedFuture(
          new IllegalStateException("the session does not stand at its boundary"));
    }
    borrowed = true;
    link.conversation().takeOver(link);
    ByteBuf tail = replies.takeTail();
    if (tail != null) {
      link.conversation().read(link, tail);
    }
    return talk.apply(link).whenComplete((result, failure) -> giveBack(link));
  }

  private void giveBack(BackendLink link) {
    borrowed = false;
    if (ended) {
      return;
    }
    if (link.isOpen()) {
      link.conversation().handOver(link, replies);
      requests.pump();
    } else {
      backendGone(link, null);
    }
  }
}
