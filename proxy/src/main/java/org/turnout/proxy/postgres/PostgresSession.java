package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.turnout.config.Side;
import org.turnout.protocol.postgres.message.BackendMessage;
import org.turnout.protocol.postgres.message.TransactionStatus;
import org.turnout.proxy.gate.Held;
import org.turnout.proxy.session.Lane;

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
 * loop.
 */
final class PostgresSession implements Held {
  private final Lane lane;
  private final SessionIdentity identity;
  private final Channel client;
  private final SessionKey key;
  private final SessionGate gate;
  private final ReplyTracker tracker = new ReplyTracker();
  private final ReplyStream replies;
  private final ClientStream requests;
  private final Loan loan;
  private final SessionWords words = new SessionWords(tracker);
  private final ClientNews news;
  private final OtherSide otherSide;
  private final ReadTransaction transaction;
  private final SecondaryReads reads;
  private final Detour detour;
  private final Passage passage;
  private final SessionOnRoute onRoute;
  private final SessionStart start;
  private final SessionEnd end;
  private final SessionCancel cancel;
  private final boolean plain;
  private @Nullable BackendLink primary;
  private boolean serving;

  /**
   * @param greeting what the client is still to be told of its authentication, before its outcome
   * @param early what the client has sent ahead; owned by the session
   */
  PostgresSession(
      Lane lane,
      long number,
      Client who,
      Backends backends,
      CancelKeys cancelKeys,
      ReadPolicy policy,
      List<BackendMessage> greeting,
      @Nullable ByteBuf early) {
    this.lane = lane;
    this.identity = new SessionIdentity(number, who, lane.route().primary());
    this.client = who.channel();
    this.key = new SessionKey(this, cancelKeys);
    this.news = new ClientNews(this, client);
    this.plain = who.isReplication();
    this.gate = new SessionGate(lane.gate(), identity.activity(), this);
    this.replies = new ReplyStream(this, client, tracker, lane.counters(), plain);
    this.requests = new ClientStream(this, lane.counters(), early);
    this.loan = new Loan(this, replies);
    StateGeneration generation = new StateGeneration();
    this.otherSide = new OtherSide(this, who, backends);
    BroughtStatements brought = new BroughtStatements(tracker);
    SessionMove move = new SessionMove(this, who, otherSide, words, generation, brought);
    this.transaction = new ReadTransaction(this, tracker, replies, requests);
    this.reads = new SecondaryReads(this, otherSide, move, policy, generation, transaction);
    this.onRoute = new SessionOnRoute(this, otherSide, move, reads, plain);
    this.detour = new Detour(this, reads, transaction, tracker, replies, requests, words);
    this.passage =
        new Passage(
            this, gate, tracker, words, brought, generation, reads, transaction, detour, plain);
    this.start = new SessionStart(this, backends, greeting);
    this.end = new SessionEnd(this, client, requests, replies);
    this.cancel = new SessionCancel(this, gate, reads, detour, requests, backends, plain);
  }

  // ---- start

  /** Takes the client over; connects to the primary once the gate is open. */
  ClientStream start() {
    lane.add(onRoute);
    if (gate.isClosed()) {
      gate.hold(false);
    } else {
      connect();
    }
    return requests;
  }

  private void connect() {
    gate.connecting();
    start.connect();
  }

  /** As which process the client knows the session. */
  SessionKey key() {
    return key;
  }

  /** The primary's backend is there, and the client knows. */
  void connected(BackendLink link) {
    primary = link;
    serving = true;
    link.conversation().handOver(link, replies);
    settle();
    requests.pump();
  }

  /** What the client is told besides answers. */
  ClientNews news() {
    return news;
  }

  // ---- the client's side of the stream

  boolean takesFromClient() {
    return serving
        && !isEnded()
        && !loan.isLent()
        && !reads.isWaiting()
        && !passage.restoration().isWaiting()
        && (!isReading() || transaction.isOpen());
  }

  Passage passage() {
    return passage;
  }

  void readClient() {
    client.read();
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
      reads.observer().primaryRefused();
      passage.restoration().refused();
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
    if (!serving || isEnded() || reads.isUndecided() || loan.isLent()) {
      return;
    }
    if (plain || (tracker.atBoundary() && requests.isAtFrame() && replies.isAtFrame())) {
      boundary(System.nanoTime());
    } else if (!tracker.awaitsReply() && tracker.status() != TransactionStatus.IDLE) {
      gate.inTransaction();
      transaction.rest();
    }
  }

  private void boundary(long nanos) {
    passage.restoration().unitEnded();
    detour.unitEnded(gate.isRunning(), nanos);
    gate.atBoundary(nanos);
    if (!plain && !gate.isClosed() && reads.areOn()) {
      reads.preparation().prepare();
    }
  }

  @Override
  public void released() {
    gate.released();
    if (serving && !isEnded()) {
      requests.pump();
    } else if (!isEnded()) {
      connect();
    }
  }

  // ---- who serves

  @Nullable BackendLink primary() {
    return primary;
  }

  /** Whether the session has a backend, and so may be asked for its state. */
  boolean isServing() {
    return serving;
  }

  boolean isServedBy(BackendLink link) {
    return link == serving();
  }

  /** Whether the secondary works for the client. */
  boolean isReading() {
    return reads.active() != null;
  }

  /** Who works for the client, or would. */
  @Nullable BackendLink serving() {
    BackendLink secondary = reads.active();
    return secondary != null ? secondary : primary;
  }

  /** The client asks, on another connection, to cancel what runs; completes when that was tried. */
  CompletableFuture<Void> cancel() {
    return cancel.request();
  }

  boolean mayBeBorrowed() {
    return serving
        && !plain
        && !isEnded()
        && !loan.isLent()
        && !gate.isRunning()
        && tracker.atBoundary();
  }

  /** Turnout's own talks with the primary of the session. */
  Loan loan() {
    return loan;
  }

  // ---- end

  SessionEnd ending() {
    return end;
  }

  void backendGone(BackendLink link, @Nullable Throwable cause) {
    if (isEnded()) {
      return;
    }
    if (link == reads.active()) {
      transaction.secondaryGone(link);
    } else if (link == primary) {
      end.primaryGone(link, cause);
    }
  }

  /** Tells the client, if a whole frame can be told, and ends both connections. */
  void end(List<BackendMessage> lastWords) {
    end.tell(lastWords);
  }

  boolean isEnded() {
    return end.isEnded();
  }

  /** The session has ended: lets go of all that it holds. */
  void release() {
    reads.release();
    requests.release();
    replies.release();
    key.release();
    otherSide.forget();
    lane.remove(onRoute);
    gate.leave();
  }

  // ---- another primary

  /** The given link serves from now on; the session's state is there. */
  void flip(BackendLink fresh, Side next) {
    BackendLink old = primary;
    primary = fresh;
    identity.side(next);
    reads.flipped();
    words.unnamed().restored();
    replies.release();
    if (old != null) {
      old.retire();
      news.flipped(old);
    }
    fresh.conversation().handOver(fresh, replies);
    requests.pump();
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

  SecondaryReads reads() {
    return reads;
  }

  Detour detour() {
    return detour;
  }
}
