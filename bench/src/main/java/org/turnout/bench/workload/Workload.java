package org.turnout.bench.workload;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * The application under which a database is moved: some clients, each with a thread and a session,
 * that write, read and check. Started and stopped once, by one thread; the figures may be read by
 * any.
 */
public final class Workload implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(70);
  private static final int TRANSFER = 3;
  private static final int LEDGER = 2;
  private static final int DOCUMENT = 2;

  private final Tally tally = new Tally();
  private final Latencies latencies = new Latencies();
  private final Pace pace = new Pace();
  private final Outages outages = new Outages();
  private final AtomicLong nanosPerCycle;
  private final List<Client> clients = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final List<Journal> journals = new ArrayList<>();
  private final List<DocumentClient> documentClients = new ArrayList<>();
  private final List<ExpectedRows> expected = new ArrayList<>();

  /**
   * A workload, not started.
   *
   * @param cyclesPerSecond turns of each client in a second; each is several requests
   */
  public Workload(Target target, Shop shop, double cyclesPerSecond, long seed) {
    nanosPerCycle = new AtomicLong((long) (1e9 / cyclesPerSecond));
    Client.Surroundings surroundings =
        new Client.Surroundings(target, tally, latencies, pace, outages, nanosPerCycle);
    RandomGenerator.SplittableGenerator random =
        RandomGeneratorFactory.<RandomGenerator.SplittableGenerator>of("L64X128MixRandom")
            .create(seed);
    for (int i = 1; i <= TRANSFER; i++) {
      TransferClient client = new TransferClient(i, surroundings, shop, random.split());
      journals.add(client.journal());
      clients.add(client);
    }
    for (int i = 1; i <= LEDGER; i++) {
      LedgerClient client =
          new LedgerClient(i, surroundings, random.split(), i == 1 ? Long.MAX_VALUE : 20);
      journals.add(client.journal());
      clients.add(client);
    }
    for (int i = 0; i < DOCUMENT; i++) {
      DocumentClient client = new DocumentClient(i, DOCUMENT, surroundings, shop, random.split());
      documentClients.add(client);
      expected.add(client.notes());
      clients.add(client);
    }
    OrderClient orders = new OrderClient(1, surroundings, shop, random.split());
    expected.add(orders.expected());
    clients.add(orders);
    clients.add(new ReaderClient(1, surroundings, shop, LEDGER, random.split(), Long.MAX_VALUE));
    clients.add(new ReaderClient(2, surroundings, shop, LEDGER, random.split(), 10));
    clients.add(new SettingsClient(1, surroundings));
  }

  /** Starts all clients. */
  public void start() {
    for (Client client : clients) {
      threads.add(Thread.ofPlatform().daemon().name(client.name()).start(client));
    }
  }

  public int clients() {
    return clients.size();
  }

  public Tally tally() {
    return tally;
  }

  /** Latencies of all requests since the start. */
  public Percentiles latencies() {
    return latencies.percentiles();
  }

  /** Begins to look for the slowest request from now on. */
  public void openWindow() {
    latencies.openWindow();
  }

  /**
   * The slowest request that ended since the window was opened, in milliseconds; first lets every
   * request end that is under way.
   */
  public double closeWindow() throws InterruptedException, TimeoutException {
    hold();
    release();
    return latencies.windowMaxMicros() / 1000.0;
  }

  /** The target is about to be cut off: from now until {@link #outageEnded} that is no error. */
  public void outageBegins() {
    outages.begin();
  }

  /** The target is there again; the clients connect. */
  public void outageEnded() {
    outages.end();
  }

  /** Holds all clients between two of their turns; returns when they stand. */
  public void hold() throws InterruptedException, TimeoutException {
    pace.hold(PATIENCE);
  }

  public void release() {
    pace.release();
  }

  /**
   * Waits until this many turns of the clients have ended from now on.
   *
   * @throws TimeoutException when they stand still
   */
  public void awaitTurns(long turns) throws InterruptedException, TimeoutException {
    pace.awaitTurns(turns, PATIENCE);
  }

  /** Ends all clients after their turn. */
  public void stop() throws InterruptedException {
    pace.stop();
    outages.end();
    for (Thread thread : threads) {
      if (!thread.join(PATIENCE)) {
        tally.error(thread.getName() + " did not end");
      }
    }
  }

  /** What was acknowledged; read it after {@link #stop}. */
  public Settlement settlement() {
    return new Settlement(
        List.copyOf(journals), List.copyOf(documentClients), List.copyOf(expected));
  }

  @Override
  public void close() throws InterruptedException {
    stop();
  }
}
