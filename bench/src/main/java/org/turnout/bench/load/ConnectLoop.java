package org.turnout.bench.load;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.HdrHistogram.Histogram;

/**
 * Clients that connect, log in, ask for one row, say goodbye and begin again: each such round is an
 * operation. {@link #run} belongs to the measuring thread, all else to the event loop.
 */
public final class ConnectLoop implements WireSession.Listener {
  private final Generator generator;
  private final InetSocketAddress address;
  private final Login login;
  private final Operation question = Operations.simple();
  private final CompletableFuture<Sample> outcome = new CompletableFuture<>();
  private final Histogram latencies = Sample.histogram();
  private final long time;
  private long start;
  private int working;

  public ConnectLoop(Generator generator, InetSocketAddress address, Login login, Duration time) {
    this.generator = generator;
    this.address = address;
    this.login = login;
    this.time = time.toNanos();
  }

  /** This many clients at a time. */
  public Sample run(int clients) throws LoadException, InterruptedException {
    generator
        .loop()
        .execute(
            () -> {
              start = System.nanoTime();
              working = clients;
              for (int i = 0; i < clients; i++) {
                begin();
              }
            });
    return Generator.await(outcome, Duration.ofNanos(time).plusSeconds(60));
  }

  private void begin() {
    long began = System.nanoTime();
    generator
        .connect(address, login, this)
        .whenComplete(
            (session, failure) -> {
              if (failure != null) {
                outcome.completeExceptionally(failure);
              } else {
                session.began(began);
                session.run(question);
              }
            });
  }

  @Override
  public void done(WireSession session) {
    long now = System.nanoTime();
    Sample.record(latencies, now - session.began());
    session.close();
    if (now - start < time && !outcome.isDone()) {
      begin();
    } else if (--working == 0) {
      outcome.complete(new Sample(latencies.getTotalCount(), now - start, latencies));
    }
  }

  @Override
  public void failed(WireSession session, LoadException why) {
    outcome.completeExceptionally(why);
  }
}
