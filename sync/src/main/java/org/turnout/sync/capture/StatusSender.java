package org.turnout.sync.capture;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.protocol.postgres.replication.StandbyStatusUpdate;

/**
 * Tells the source how far Turnout is: at regular times, which is the sign of life; when the source
 * asks; and at once for each position that is confirmed while commits wait for that.
 *
 * <p>A source that asks is answered at once when there is something new to confirm, else only a
 * while after it has heard the last status. A server that shuts down asks anew as soon as it has an
 * answer, until it is told that the end of its log is durable: while the other side hangs, question
 * and answer would follow each other as fast as the network goes. What it waits for is sent without
 * delay.
 *
 * <p>Rule: the source is told that something is durable only after it was said here by {@link
 * #confirm}; what it may forget, Turnout can never ask for again.
 *
 * <p>It has a thread of its own, the only one that writes to the stream. So reading never waits for
 * writing, and who confirms never waits for the network. Methods are for any thread and do not
 * block.
 */
final class StatusSender implements AutoCloseable {
  private final OutputStream output;
  private final long nanosBetween;
  private final long nanosBeforeAnswer;
  private final Consumer<Throwable> failed;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition wanted = lock.newCondition();
  private volatile Lsn received;
  private Lsn durable;
  private boolean atOnce;

  /** Whether the source has asked, and nothing was confirmed since. */
  private boolean asked;

  /** What the source has been told to be durable, and when. */
  private Lsn told;

  private long toldAt = System.nanoTime();
  private boolean answerWanted;
  private boolean due = true;
  private boolean closed;

  /**
   * A sender that has not begun.
   *
   * @param from what is durable already
   * @param between how long it is silent at most
   * @param beforeAnswer how long it is silent at least before it answers without any news
   * @param failed gets what writing ended with, unless {@link #close} came before
   */
  StatusSender(
      String threadName,
      OutputStream output,
      Lsn from,
      Duration between,
      Duration beforeAnswer,
      Consumer<Throwable> failed) {
    this.output = output;
    this.received = from;
    this.durable = from;
    this.told = from;
    this.nanosBetween = between.toNanos();
    this.nanosBeforeAnswer = beforeAnswer.toNanos();
    this.failed = failed;
    this.thread = Thread.ofPlatform().daemon().name(threadName).unstarted(this::run);
  }

  /** Sends the first status, and goes on. */
  void start() {
    thread.start();
  }

  /** Everything before this position has arrived; for the next status. */
  void received(Lsn position) {
    received = position;
  }

  /** The source wants to hear something soon, and what is confirmed next when it is. */
  void reply() {
    lock.lock();
    try {
      asked = true;
      answerWanted = true;
      due |= durable.isAfter(told);
      wanted.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Everything before this position is durable on the other side. */
  void confirm(Lsn position) {
    lock.lock();
    try {
      if (position.isAfter(durable)) {
        durable = position;
        if (atOnce || asked) {
          asked = false;
          send();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether the source waits for what is confirmed, so that it is told without delay. */
  void confirmAtOnce(boolean waits) {
    lock.lock();
    try {
      if (waits && !atOnce) {
        send();
      }
      atOnce = waits;
    } finally {
      lock.unlock();
    }
  }

  private void send() {
    due = true;
    wanted.signal();
  }

  private void run() {
    try {
      while (awaitDue()) {
        output.write(status());
        output.flush();
      }
    } catch (InterruptedException | IOException e) {
      report(e);
    } catch (RuntimeException | Error e) {
      report(e);
      throw e;
    }
  }

  private boolean awaitDue() throws InterruptedException {
    lock.lock();
    try {
      long left = nanosLeft();
      while (!due && !closed && left > 0) {
        wanted.awaitNanos(left);
        left = nanosLeft();
      }
      due = false;
      answerWanted = false;
      told = durable;
      toldAt = System.nanoTime();
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  private long nanosLeft() {
    long silence = answerWanted ? Math.min(nanosBetween, nanosBeforeAnswer) : nanosBetween;
    return silence - (System.nanoTime() - toldAt);
  }

  private byte[] status() {
    Lsn confirmed = told;
    Lsn arrived = Lsn.max(received, confirmed);
    return new StandbyStatusUpdate(arrived, confirmed, confirmed, Instant.now(), false).encode();
  }

  private void report(Throwable cause) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
    } finally {
      lock.unlock();
    }
    failed.accept(cause);
  }

  /** Sends nothing more; a status that is being written ends with its connection. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      wanted.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Where everything is written; ends after {@link #close} and the end of the connection. */
  Thread thread() {
    return thread;
  }
}
