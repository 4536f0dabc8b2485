package org.turnout.proxy.postgres;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.Side;
import org.turnout.proxy.routing.ReadRules;
import org.turnout.sync.SideCatalogue;
import org.turnout.sync.SyncException;

/**
 * What of the catalogues decides whether a statement can only read, and what green's answers name
 * on blue; read again and again while reads go to green. While they cannot be read, and while reads
 * do not go there, nothing is a read. Safe for any thread.
 */
final class SecondaryRules {
  private static final Logger LOG = LoggerFactory.getLogger(SecondaryRules.class);
  private static final Duration AGAIN = Duration.ofSeconds(10);

  private final Function<Side, SideCatalogue> catalogues;
  private final Executor blocking;
  private final EventExecutor timer;

  /** Held while the catalogues are asked. */
  private final Lock asking = new ReentrantLock();

  private volatile ReadRules rules = ReadRules.none();
  private volatile ForeignNumbers numbers = ForeignNumbers.none();
  private SideCatalogue.@Nullable ReadCatalogue read;
  private @Nullable ScheduledFuture<?> reading;

  /**
   * @param blocking where the catalogue is read
   */
  SecondaryRules(Function<Side, SideCatalogue> catalogues, Executor blocking, EventExecutor timer) {
    this.catalogues = catalogues;
    this.blocking = blocking;
    this.timer = timer;
  }

  /** The rules of now. */
  ReadRules now() {
    return rules;
  }

  /** What the numbers in green's answers are on blue, as of now. */
  ForeignNumbers numbers() {
    return numbers;
  }

  /** Starts or stops reading the catalogues. */
  synchronized void use(boolean wanted) {
    if (wanted && reading == null) {
      blocking.execute(this::read);
      reading =
          timer.scheduleWithFixedDelay(
              () -> blocking.execute(this::read),
              AGAIN.toMillis(),
              AGAIN.toMillis(),
              TimeUnit.MILLISECONDS);
    } else if (!wanted && reading != null) {
      reading.cancel(false);
      reading = null;
      forget();
    }
  }

  /** Reads both; what was asked for first is never put in place of what was asked for later. */
  private void read() {
    asking.lock();
    try {
      SideCatalogue green = catalogues.apply(Side.GREEN);
      replace(
          green.readCatalogue(), green.identifiers(), catalogues.apply(Side.BLUE).identifiers());
    } catch (SyncException e) {
      LOG.warn("reads stay on the primary, the catalogues cannot be read: {}", e.getMessage());
      forget();
    } catch (RuntimeException e) {
      LOG.error("reads stay on the primary, a defect in reading the catalogues", e);
      forget();
    } finally {
      asking.unlock();
    }
  }

  private synchronized void replace(
      SideCatalogue.ReadCatalogue next, Map<String, Long> green, Map<String, Long> blue) {
    if (reading == null) {
      return;
    }
    if (!numbers.isOf(green, blue)) {
      numbers = ForeignNumbers.of(green, blue);
    }
    if (!next.equals(read)) {
      rules = ReadRules.of(next);
    }
    read = next;
  }

  private synchronized void forget() {
    rules = ReadRules.none();
    numbers = ForeignNumbers.none();
    read = null;
  }
}
