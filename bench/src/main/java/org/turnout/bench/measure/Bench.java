package org.turnout.bench.measure;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.bench.load.Generator;
import org.turnout.bench.load.LoadException;
import org.turnout.bench.load.Login;
import org.turnout.bench.load.Operation;
import org.turnout.bench.load.Operations;
import org.turnout.bench.load.SessionPool;
import org.turnout.bench.peer.Direct;
import org.turnout.bench.peer.Foreign;
import org.turnout.bench.peer.HaProxy;
import org.turnout.bench.peer.Peer;
import org.turnout.bench.peer.PeerSource;
import org.turnout.bench.peer.PgBouncer;
import org.turnout.bench.peer.Program;
import org.turnout.bench.peer.TurnoutServer;
import org.turnout.bench.report.BenchReport;
import org.turnout.bench.report.FreshFigures;
import org.turnout.bench.report.Goals;
import org.turnout.bench.report.LoadFigures;
import org.turnout.bench.report.Machine;
import org.turnout.bench.report.TextTable;

/** One measurement from the start of its processes to their end, all on one thread. */
final class Bench implements AutoCloseable {
  private Plan plan;
  private final Optional<Program> pgbench;
  private final Stage stage;
  private final TextTable table;
  private final TurnoutServer turnout;
  private final Progress progress;
  private final Generator generator = new Generator();
  private final Map<String, PeerSource> sources = new LinkedHashMap<>();
  private final List<Peer> peers = new ArrayList<>();
  private final List<String> skipped = new ArrayList<>();
  private final List<LoadFigures> loads = new ArrayList<>();
  private final List<FreshFigures> fresh = new ArrayList<>();
  private final Map<String, String> tls = new LinkedHashMap<>();
  private boolean complete = true;

  /**
   * @param pgbench the clients in place of our own
   */
  Bench(
      Plan plan,
      Stage stage,
      String version,
      Optional<Program> pgbench,
      PrintStream out,
      Progress progress) {
    this.plan = plan;
    this.pgbench = pgbench;
    this.stage = stage;
    this.table = new TextTable(out);
    this.progress = progress;
    this.turnout =
        new TurnoutServer(
            version,
            stage.directory(),
            stage.control(),
            stage.green(),
            stage.certificate(),
            TurnoutServer.IN_PLAIN_TEXT);
    sources.put(Peer.TURNOUT, turnout);
    Program.find("pgbouncer")
        .ifPresentOrElse(
            program ->
                sources.put(
                    Peer.PGBOUNCER, new PgBouncer(program, stage.directory(), stage.certificate())),
            () -> skipped.add("pgbouncer, which is not on the path"));
    Program.find("haproxy")
        .ifPresentOrElse(
            program -> sources.put(Peer.HAPROXY, new HaProxy(program, stage.directory())),
            () -> skipped.add("haproxy, which is not on the path"));
  }

  /** Whether Turnout and the straight way were measured in every load that could be. */
  boolean isComplete() {
    return complete && !(loads.isEmpty() && fresh.isEmpty());
  }

  BenchReport run(List<Foreign> foreign, Optional<During> during)
      throws IOException, InterruptedException, CommandFailure, LoadException, SQLException {
    Instant startedAt = Instant.now();
    long start = System.nanoTime();
    double average = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    startPeers(foreign);
    String underway = during.isPresent() ? measureDuring(during.get()) : measureLoads();
    if (plan.idleSessions() > 0) {
      measureFresh();
    }
    BenchReport report =
        new BenchReport(
            startedAt,
            (System.nanoTime() - start) / 1e9,
            Machine.here(),
            average,
            stage.version(),
            pgbench.isPresent() ? pgbench.get().firstLine("--version") : "own",
            underway,
            plan.rounds(),
            plan.slice().toMillis() / 1e3,
            peers.stream().map(this::target).toList(),
            List.copyOf(loads),
            List.copyOf(fresh),
            List.of(),
            List.copyOf(skipped));
    BenchReport evaluated = report.withGoals(Goals.evaluate(report));
    progress.clear();
    table.goals(evaluated.goals());
    table.during(evaluated.during());
    table.encryption(evaluated.targets());
    table.skipped(evaluated.skipped());
    return evaluated;
  }

  private BenchReport.Target target(Peer peer) {
    return new BenchReport.Target(peer.name(), peer.version(), tls.get(peer.name()));
  }

  private String measureLoads() throws InterruptedException, LoadException {
    if (plan.loads().stream().anyMatch(Load::tls)) {
      lookAtTls();
    }
    warmUp();
    progress.begin(plan.slices(peers.size()));
    for (Load load : plan.loads()) {
      measure(load);
    }
    return "";
  }

  /** With a second Turnout, on the same databases, that is busy with something. */
  private String measureDuring(During during)
      throws IOException, InterruptedException, CommandFailure, LoadException, SQLException {
    stage.prepareSync();
    TurnoutServer.Running second = turnout.run(stage.blue()).named(during.target());
    peers.add(second.peer());
    new FirstAnswer(generator, stage.blue().client()).await(second.peer());
    progress.now("beginning: " + during.word());
    try (Underway underway = Underway.begin(during, second.admin())) {
      measureLoads();
      return underway.outcome();
    }
  }

  private void startPeers(List<Foreign> foreign)
      throws IOException, InterruptedException, CommandFailure {
    peers.add(new Direct(stage.blue(), stage.version()));
    for (PeerSource source : sources.values()) {
      peers.add(source.start(stage.blue()));
    }
    peers.addAll(foreign);
    for (Peer peer : peers) {
      progress.now("waiting for " + peer.name());
      new FirstAnswer(generator, stage.blue().client()).await(peer);
    }
  }

  /**
   * Where the server does not speak TLS, there is no straight way to compare with. Another target
   * that does not is left out of the loads one by one.
   */
  private void lookAtTls() throws InterruptedException {
    TlsLook look = new TlsLook(generator, stage.blue().client());
    for (Peer peer : peers) {
      try {
        tls.put(peer.name(), look.at(peer));
      } catch (LoadException e) {
        if (peer.name().equals(Peer.DIRECT)) {
          plan.loads().stream()
              .filter(Load::tls)
              .forEach(load -> skipped.add(load.name() + ": " + e.getMessage()));
          plan = plan.withLoads(plan.loads().stream().filter(load -> !load.tls()).toList());
          return;
        }
      }
    }
  }

  /** All targets alike, though only a JVM becomes faster by it. */
  private void warmUp() throws InterruptedException, LoadException {
    List<Supplier<Operation>> kinds =
        new ArrayList<>(List.of(Operations::simple, Operations::prepared));
    if (plan.loads().stream().anyMatch(load -> load.name().startsWith("extended"))) {
      kinds.add(Operations::extended);
    }
    Login login = stage.blue().client();
    for (Peer peer : peers) {
      for (Supplier<Operation> kind : kinds) {
        warmUp(peer, login, kind.get());
      }
      if (tls.containsKey(peer.name())) {
        warmUp(peer, login.overTls(), Operations.prepared());
      }
    }
  }

  private void warmUp(Peer peer, Login login, Operation operation)
      throws InterruptedException, LoadException {
    progress.now("warming up " + peer.name());
    try (SessionPool pool = generator.open(peer.address(), login, operation, 16)) {
      pool.closedLoop(plan.firstWarmUp());
    }
  }

  /** A peer that cannot do a load is left out of it; the others are measured again. */
  private void measure(Load load) throws InterruptedException {
    if (pgbench.isPresent() && PgBench.script(load).isEmpty()) {
      skipped.add(load.name() + ", which pgbench cannot do");
      return;
    }
    List<Peer> able = new ArrayList<>(peers);
    while (true) {
      try (Rounds rounds = new Rounds(load, plan, able, driver(load), progress)) {
        LoadFigures figures = rounds.run();
        progress.clear();
        loads.add(figures);
        table.load(figures);
        return;
      } catch (Rounds.TargetException e) {
        skipped.add(load.name() + " on " + e.target() + ": " + e.getMessage());
        able.removeIf(peer -> peer.name().equals(e.target()));
        if (e.target().equals(Peer.DIRECT) || e.target().equals(Peer.TURNOUT)) {
          complete = false;
        }
        if (e.target().equals(Peer.DIRECT)) {
          return;
        }
      }
    }
  }

  private Driver driver(Load load) {
    Login login = load.tls() ? stage.blue().client().overTls() : stage.blue().client();
    return pgbench
        .<Driver>flatMap(
            program ->
                PgBench.script(load)
                    .map(script -> new PgBench(load, script, login, program, stage.directory())))
        .orElseGet(() -> new OwnClients(load, generator, login));
  }

  private void measureFresh()
      throws IOException, InterruptedException, CommandFailure, LoadException {
    int sessions = Math.min(plan.idleSessions(), OpenFiles.sessions());
    if (sessions < plan.idleSessions()) {
      skipped.add(
          "%,d idle sessions: a process here may open %,d files, two for each session; measured with %,d"
              .formatted(plan.idleSessions(), OpenFiles.limit(), sessions));
    }
    for (Map.Entry<String, PeerSource> source : sources.entrySet()) {
      progress.now(source.getKey() + " afresh: start, idle sessions, long COPY");
      fresh.add(
          new Fresh(plan, generator, stage.blue(), sessions)
              .measure(source.getKey(), source.getValue()));
    }
    progress.clear();
    table.fresh(fresh);
  }

  @Override
  public void close() throws InterruptedException {
    // An interruption that nobody has seen yet would keep the rest from being ended in order.
    boolean interrupted = Thread.interrupted();
    generator.close();
    for (Peer peer : peers) {
      peer.close();
    }
    if (interrupted) {
      throw new InterruptedException();
    }
  }
}
