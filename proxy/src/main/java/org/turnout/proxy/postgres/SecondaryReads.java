package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.protocol.postgres.message.Close;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.Parse;
import org.turnout.protocol.postgres.message.Target;
import org.turnout.proxy.routing.Classification;

/**
 * Sends reads of one session to the secondary.
 *
 * <p>A read goes there when the session's number is below the weight, the session stands at its
 * boundary, the text is proved to only read, the secondary has everything that the session has
 * written or seen on the primary, and knows the session's settings and statements. What is missing
 * for that is done in the background while the primary serves. Rules: the secondary is never waited
 * for when it cannot answer, and never two sides work for one session at once.
 *
 * <p>Confined to the session's event loop.
 */
final class SecondaryReads {
  private static final Logger LOG = LoggerFactory.getLogger(SecondaryReads.class);

  /** How long the secondary may take to begin its answer before the primary is asked instead. */
  private static final long PATIENCE_NANOS = Duration.ofSeconds(2).toNanos();

  /** How long a session leaves a secondary alone that has failed it. */
  private static final long BACK_OFF_NANOS = Duration.ofSeconds(1).toNanos();

  /** How often a session may be asked for its state on behalf of its reads. */
  private static final long PREPARE_NANOS = Duration.ofMillis(50).toNanos();

  private final PostgresSession session;
  private final SessionMove move;
  private final ReadPolicy policy;
  private final KnownStatements statements;
  private final ReadUnit recognised;
  private final double number = ThreadLocalRandom.current().nextDouble();
  private long seenOnPrimary = System.nanoTime();
  private long notBefore = System.nanoTime();
  private @Nullable ReadAttempt attempt;
  private @Nullable BackendLink active;
  private long attemptBegan;

  /** Whether the secondary knows all of the session's state that reads depend on. */
  private boolean current;

  /** Counts what may have changed that state. */
  private int changes;

  private boolean wanted;
  private boolean parsedNamed;
  private boolean timed;
  private boolean preparing;

  SecondaryReads(PostgresSession session, SessionMove move, ReadPolicy policy) {
    this.session = session;
    this.move = move;
    this.policy = policy;
    this.statements = new KnownStatements(policy);
    this.recognised = new ReadUnit(policy, statements);
  }

  /** Whether reads of this session may go to the secondary at all now. */
  boolean areOn() {
    return number < policy.share();
  }

  /** The secondary's link while it works for the client, else null. */
  @Nullable BackendLink active() {
    return active;
  }

  /** Whether it is still open which side answers the unit that runs. */
  boolean isUndecided() {
    return attempt != null;
  }

  // ---- what goes to the primary

  /** A frame of the client goes to the primary, of which {@code there} bytes are in the buffer. */
  void passing(byte type, ByteBuf bytes, int index, int there, int size) {
    if (!areOn()) {
      changed(true);
      return;
    }
    int body = index + Frames.HEADER;
    switch (type) {
      case FrontendType.QUERY -> changed(there < size || mayChange(bytes, body, index + size));
      case FrontendType.PARSE -> parsing(bytes, index, there, size);
      case FrontendType.BIND -> binding(bytes, body, index + there);
      case FrontendType.CLOSE -> closing(bytes, body, index + there, there < size);
      case FrontendType.FUNCTION_CALL -> changed(true);
      default -> {
        // Nothing else changes what reads depend on.
      }
    }
  }

  /** The primary has refused something of the unit that runs. */
  void primaryRefused() {
    if (parsedNamed) {
      statements.clear();
      changed(true);
    }
  }

  /** A unit on the primary has ended. */
  void primaryEnded(long nanos) {
    seenOnPrimary = nanos;
    parsedNamed = false;
  }

  /** The session has another primary. */
  void flipped() {
    current = false;
    statements.clear();
  }

  private void changed(boolean mayHave) {
    if (mayHave) {
      current = false;
      changes++;
    }
  }

  private boolean mayChange(ByteBuf bytes, int text, int end) {
    int zero = text < end ? bytes.indexOf(text, end, (byte) 0) : -1;
    return zero < 0 || policy.classify(bytes, text, zero - text).mayChangeSession();
  }

  private void parsing(ByteBuf bytes, int index, int there, int size) {
    if (there < size) {
      changed(true);
      return;
    }
    int body = index + Frames.HEADER;
    int text = bytes.indexOf(body, index + size, (byte) 0) + 1;
    boolean named = text > body + 1;
    int zero = text > 0 ? bytes.indexOf(text, index + size, (byte) 0) : -1;
    if (zero < 0) {
      changed(true);
      return;
    }
    Classification classification = policy.classify(bytes, text, zero - text);
    changed(classification.mayChangeSession());
    if (named) {
      parsedNamed = true;
      statements.parsed(Parse.decode(bytes.slice(index, size)), classification);
    }
  }

  private void binding(ByteBuf bytes, int body, int end) {
    int portal = body < end ? bytes.indexOf(body, end, (byte) 0) : -1;
    int zero = portal < 0 ? -1 : bytes.indexOf(portal + 1, end, (byte) 0);
    if (zero < 0) {
      changed(true);
    } else if (zero > portal + 1) {
      Classification known =
          statements.get(bytes.toString(portal + 1, zero - portal - 1, StandardCharsets.UTF_8));
      changed(known == null || known.mayChangeSession());
    }
  }

  private void closing(ByteBuf bytes, int body, int end, boolean partial) {
    if (partial) {
      changed(true);
    } else if (end - body > 2 && bytes.getByte(body) == 'S') {
      statements.closed(bytes.toString(body + 1, end - body - 2, StandardCharsets.UTF_8));
    }
  }

  // ---- what goes to the secondary

  /** Takes a unit of reads from the head of the client's bytes, if it may go to the secondary. */
  boolean take(ByteBuf bytes) {
    int length = recognised.length(bytes);
    if (length == 0) {
      wanted |= !current && recognised.namesUnknown();
      return false;
    }
    if (!policy.isFresh(seenOnPrimary)) {
      return false;
    }
    BackendLink link = move.idleLink();
    if (!current || link == null) {
      wanted = true;
      return false;
    }
    if (move.hasObstacle()) {
      return false;
    }
    begin(link, bytes.readRetainedSlice(length));
    return true;
  }

  private void begin(BackendLink link, ByteBuf unit) {
    List<FrontendMessage> first = new ArrayList<>();
    for (Parse statement : recognised.missing()) {
      if (move.knows(statement.statement())) {
        first.add(new Close(Target.STATEMENT, statement.statement()));
      }
      first.add(statement);
    }
    ReadAttempt begun = new ReadAttempt(this, unit, first.size());
    attempt = begun;
    active = link;
    attemptBegan = System.nanoTime();
    link.receiver(begun);
    if (!first.isEmpty()) {
      link.channel().write(Encoding.encode(link.channel().alloc(), first));
      recognised.missing().forEach(this::brought);
    }
    link.channel().writeAndFlush(unit.retainedSlice(), link.channel().voidPromise());
    link.read();
    watch();
  }

  private void brought(Parse statement) {
    statements.brought(statement.statement());
    move.brought(statement);
  }

  /** The secondary answers: the client gets this answer, and the session follows it. */
  void accepted(BackendLink link, ByteBuf unit, ByteBuf answer) {
    attempt = null;
    session.detour().servedBySecondary(link, unit);
    session.replies().read(link, answer);
  }

  /** The secondary refused, and is ready again: the primary serves. */
  void refused(ReadAttempt refused, BackendLink link, ByteBuf rest) {
    attempt = null;
    active = null;
    link.conversation().takeOver(link);
    link.conversation().read(link, rest);
    // Statements put in front of the unit may not have been made.
    current &= !refused.isPreceded();
    session.detour().servedByPrimary(refused.takeUnit());
  }

  /** The secondary cannot answer: the primary serves. */
  void failed(ReadAttempt failed, BackendLink link, @Nullable Throwable cause) {
    LOG.info(
        "session {}: a read goes to the primary, the secondary failed: {}",
        session.number(),
        String.valueOf(cause));
    attempt = null;
    active = null;
    ByteBuf unit = failed.takeUnit();
    abandon(link);
    session.detour().servedByPrimary(unit);
  }

  /** The unit that the secondary served has ended. */
  void secondaryEnded(@Nullable ByteBuf rest) {
    BackendLink link = active;
    active = null;
    if (link != null) {
      link.conversation().takeOver(link);
      if (rest != null) {
        link.conversation().read(link, rest);
      } else {
        link.read();
      }
    } else if (rest != null) {
      rest.release();
    }
  }

  /** The secondary is not to be asked for a while. */
  void abandon(BackendLink link) {
    active = null;
    current = false;
    notBefore = System.nanoTime() + BACK_OFF_NANOS;
    move.abandon(link);
  }

  /** The session has ended. */
  void release() {
    ReadAttempt undecided = attempt;
    attempt = null;
    if (undecided != null) {
      undecided.drop();
    }
  }

  private void watch() {
    if (!timed) {
      timed = true;
      session.lane().loop().schedule(this::checkTime, PATIENCE_NANOS, TimeUnit.NANOSECONDS);
    }
  }

  private void checkTime() {
    timed = false;
    ReadAttempt undecided = attempt;
    BackendLink link = active;
    if (undecided == null || link == null || session.isEnded()) {
      return;
    }
    long left = attemptBegan + PATIENCE_NANOS - System.nanoTime();
    if (left > 0) {
      timed = true;
      session.lane().loop().schedule(this::checkTime, left, TimeUnit.NANOSECONDS);
    } else {
      link.receiver(link.conversation());
      failed(undecided, link, new java.util.concurrent.TimeoutException("no answer in time"));
    }
  }

  // ---- preparation

  /** At the boundary: does in the background what the last read was missing. */
  void prepare() {
    long now = System.nanoTime();
    if (!wanted || preparing || !areOn() || now - notBefore < 0) {
      return;
    }
    preparing = true;
    if (move.idleLink() == null) {
      move.connect().whenComplete((link, failure) -> connected(failure));
      return;
    }
    wanted = false;
    notBefore = now + PREPARE_NANOS;
    int before = changes;
    move.prepareReads().whenComplete((state, failure) -> prepared(state, failure, before));
  }

  private void connected(@Nullable Throwable failure) {
    preparing = false;
    if (failure != null) {
      backOff(failure);
    } else if (session.mayBeBorrowed() && move.idleLink() != null) {
      prepare();
    }
  }

  private void prepared(@Nullable SessionState state, @Nullable Throwable failure, int before) {
    preparing = false;
    if (failure != null) {
      backOff(failure);
    } else if (state != null && changes == before) {
      statements.brought(state);
      current = true;
    }
  }

  private void backOff(Throwable failure) {
    notBefore = System.nanoTime() + BACK_OFF_NANOS;
    LOG.debug("session {}: reads stay on the primary", session.number(), failure);
  }
}
