package org.turnout.bench.measure;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.bench.peer.TurnoutServer;

/**
 * Keeps a Turnout busy with a copy, a verification, the change stream or reads on green while it is
 * measured, on a thread of its own.
 */
final class Underway implements AutoCloseable {
  private final During during;
  private final RouteCalls route;
  private final AtomicInteger times = new AtomicInteger();
  private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
  private final Thread worker;
  private volatile boolean over;

  private Underway(During during, URI admin) {
    this.during = during;
    this.route = new RouteCalls(admin, TurnoutServer.ROUTE);
    this.worker = new Thread(this::work, "underway");
    worker.setDaemon(true);
  }

  /** Returns when green follows, or with the first copy begun. */
  static Underway begin(During during, URI admin) throws CommandFailure, InterruptedException {
    Underway underway = new Underway(during, admin);
    try {
      underway.route.post("/sync");
      if (during != During.COPY) {
        underway.route.await("green follows", Underway::isFollowing);
      }
      if (during == During.READS) {
        underway.route.put("/reads", "{\"green\": 100}");
      }
    } catch (IOException e) {
      underway.close();
      throw new CommandFailure("--during " + during.word() + ": " + e.getMessage());
    }
    underway.worker.start();
    return underway;
  }

  private static boolean isFollowing(JsonNode state) {
    return state.path("sync").path("state").asText().equals("following");
  }

  private void work() {
    try {
      while (!over) {
        switch (during) {
          case MIRROR, READS -> {
            return;
          }
          case COPY -> copyOnce();
          case VERIFY -> verifyOnce();
        }
        times.incrementAndGet();
      }
    } catch (IOException e) {
      failure.compareAndSet(null, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void copyOnce() throws IOException, InterruptedException {
    route.await("the copy ends", Underway::isFollowing);
    route.delete("/sync");
    route.post("/sync");
  }

  private void verifyOnce() throws IOException, InterruptedException {
    route.post("/verify");
    route.await(
        "the verification ends",
        state ->
            !state.path("verification").isNull()
                && !state.path("verification").path("running").asBoolean());
  }

  /**
   * What was done meanwhile, in words.
   *
   * @throws CommandFailure when it failed
   */
  String outcome() throws CommandFailure {
    Exception failed = failure.get();
    if (failed != null) {
      throw new CommandFailure("--during " + during.word() + ": " + failed.getMessage());
    }
    return switch (during) {
      case MIRROR -> "mirror log";
      case READS -> "reads on green";
      case COPY -> "copy, ended and begun again " + times + " times";
      case VERIFY -> "verification, ended and begun again " + times + " times";
    };
  }

  /** Stops; what it has made on the databases goes with them. */
  @Override
  public void close() throws InterruptedException {
    // An interruption that nobody has seen yet would leave a replication slot on the database.
    boolean interrupted = Thread.interrupted();
    over = true;
    worker.interrupt();
    worker.join();
    try {
      route.delete("/sync");
    } catch (IOException e) {
      failure.compareAndSet(null, e);
    } finally {
      route.close();
    }
    if (interrupted) {
      throw new InterruptedException();
    }
  }
}
