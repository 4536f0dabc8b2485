package org.turnout.proxy.postgres;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.Side;
import org.turnout.proxy.routing.ReadRules;
import org.turnout.sync.SideCatalogue;
import org.turnout.sync.SyncException;

/**
 * What of green's catalogue decides whether a statement can only read, read again and again while
 * reads go there. While it cannot be read nothing is a read. Safe for any thread.
 */
final class SecondaryRules {
  private static final Logger LOG = LoggerFactory.getLogger(SecondaryRules.class);
  private static final Duration AGAIN = Duration.ofSeconds(10);

  private final Function<Side, SideCatalogue> catalogues;
  private final Executor blocking;
  private final EventExecutor timer;
  private volatile ReadRules rules = ReadRules.none();
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

  /** Starts or stops reading the catalogue. */
  synchronized void use(boolean wanted) {
    if (wanted && reading == null) {
      reading =
          timer.scheduleWithFixedDelay(
              () -> blocking.execute(this::read), 0, AGAIN.toMillis(), TimeUnit.MILLISECONDS);
    } else if (!wanted && reading != null) {
      reading.cancel(false);
      reading = null;
    }
  }

  private void read() {
    try {
      replace(catalogues.apply(Side.GREEN).readCatalogue());
    } catch (SyncException e) {
      LOG.warn("reads stay on the primary, green's catalogue cannot be read: {}", e.getMessage());
      replace(null);
    }
  }

  private synchronized void replace(SideCatalogue.@Nullable ReadCatalogue next) {
    if (next == null) {
      rules = ReadRules.none();
    } else if (!next.equals(read)) {
      rules = ReadRules.of(next);
    }
    read = next;
  }
}
