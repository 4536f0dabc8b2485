package org.turnout.sync.side;

import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens what needs servers in such a way that an interrupt ends it at once. A thread of the system
 * that reads from a socket does not notice an interrupt; a virtual thread does, and the connection
 * that it waits for ends. So it is opened on a virtual thread, for which the caller waits.
 *
 * <p>Rule: nothing that was opened is open any more when the interrupt reaches the caller. A login
 * that the driver is in the midst of, on a thread of its own, ends when its server speaks or is
 * gone.
 */
public final class Interruptible {
  private static final Logger log = LoggerFactory.getLogger(Interruptible.class);

  private Interruptible() {}

  /** What is opened, with as many connections as it takes. */
  @FunctionalInterface
  public interface Opening<T extends AutoCloseable, E extends Exception> {
    T open() throws E;
  }

  /**
   * Opens it and waits for it; any thread.
   *
   * @param purpose names the virtual thread
   */
  public static <T extends AutoCloseable, E extends Exception> T open(
      String purpose, Opening<T, E> opening) throws E, InterruptedException {
    FutureTask<T> opened = new FutureTask<>(opening::open);
    Thread worker = Thread.ofVirtual().name(purpose).start(opened);
    try {
      return opened.get();
    } catch (InterruptedException e) {
      worker.interrupt();
      closeWhatCame(opened, e);
      throw e;
    } catch (ExecutionException e) {
      throw Interruptible.<E>failure(Objects.requireNonNull(e.getCause()));
    }
  }

  /** What the opening threw, which is unchecked or what it declares. */
  @SuppressWarnings("unchecked")
  private static <E extends Exception> E failure(Throwable cause) {
    switch (cause) {
      case RuntimeException unchecked -> throw unchecked;
      case Error error -> throw error;
      default -> {
        return (E) cause;
      }
    }
  }

  /** It may have been open when the interrupt came. */
  private static <T extends AutoCloseable> void closeWhatCame(
      FutureTask<T> opened, InterruptedException interrupt) {
    while (true) {
      try {
        opened.get().close();
        return;
      } catch (InterruptedException e) {
        interrupt.addSuppressed(e);
      } catch (ExecutionException e) {
        log.debug("An interrupt ended the opening", e.getCause());
        return;
      } catch (Exception e) {
        interrupt.addSuppressed(e);
        return;
      }
    }
  }
}
