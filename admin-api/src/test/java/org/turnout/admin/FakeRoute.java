package org.turnout.admin;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.turnout.config.RouteName;
import org.turnout.config.Side;
import org.turnout.migration.Route;
import org.turnout.migration.RouteState;
import org.turnout.migration.SwitchReport;
import org.turnout.migration.Traffic;
import org.turnout.sync.Finding;
import org.turnout.sync.SyncStatus;

/** A route by hand: remembers what was asked, and does what the test says. */
public final class FakeRoute implements Route {
  public static final Finding LONG_TRANSACTION =
      new Finding(
          "open-transaction",
          Finding.Severity.BLOCKER,
          "session 7",
          "10.0.0.9:4711 is in a transaction for 12 s",
          "End it, or raise maxPause.");

  public static final SwitchReport SWITCHED =
      new SwitchReport(
          "blue-to-green",
          "switched",
          1,
          12_500,
          List.of(new SwitchReport.Step("drain", 100, 2_400, "8 sessions")),
          List.of());

  private final RouteName name;
  private final List<Consumer<RouteState>> listeners = new CopyOnWriteArrayList<>();
  public final List<String> calls = new CopyOnWriteArrayList<>();

  /** Completes when somebody follows its state. */
  public final CompletableFuture<Void> watched = new CompletableFuture<>();

  public volatile RouteState state;
  public volatile SwitchReport report = SWITCHED;
  public volatile @Nullable RefusedException refusal;
  public volatile @Nullable RuntimeException bug;

  public FakeRoute(String name) {
    this.name = new RouteName(name);
    this.state =
        new RouteState(
            name,
            "postgres",
            "0.0.0.0:6432",
            "following",
            "blue",
            0,
            "open",
            new RouteState.Reads(0),
            "log",
            3,
            1,
            following(),
            Optional.empty(),
            new RouteState.Rollback(false, "there was no cutover"),
            Optional.empty(),
            List.of(LONG_TRANSACTION));
  }

  private static SyncStatus following() {
    return new SyncStatus(
        SyncStatus.State.FOLLOWING,
        Optional.empty(),
        List.of(new SyncStatus.TableProgress("public.item", 50, 50, true)),
        50,
        50,
        4096,
        0,
        Optional.of(Duration.ofSeconds(3)),
        17,
        Optional.of(Duration.ofMillis(8)),
        100,
        200,
        1 << 20);
  }

  /** Replaces the state and tells the listeners. */
  public RouteState become(UnaryOperator<RouteState> change) {
    state = change.apply(state);
    listeners.forEach(listener -> listener.accept(state));
    return state;
  }

  /** The state with another sync. */
  public static RouteState with(RouteState it, SyncStatus sync) {
    return new RouteState(
        it.name(),
        it.protocol(),
        it.listen(),
        it.phase(),
        it.primary(),
        it.epoch(),
        it.gate(),
        it.reads(),
        it.mirror(),
        it.sessions(),
        it.inFlight(),
        sync,
        it.verification(),
        it.rollback(),
        it.lastSwitch(),
        it.blockers());
  }

  /** The state with another verification. */
  public static RouteState with(RouteState it, RouteState.VerificationState verification) {
    return new RouteState(
        it.name(),
        it.protocol(),
        it.listen(),
        it.phase(),
        it.primary(),
        it.epoch(),
        it.gate(),
        it.reads(),
        it.mirror(),
        it.sessions(),
        it.inFlight(),
        it.sync(),
        Optional.of(verification),
        it.rollback(),
        it.lastSwitch(),
        it.blockers());
  }

  /** The state with another read weight. */
  public static RouteState with(RouteState it, double green) {
    return new RouteState(
        it.name(),
        it.protocol(),
        it.listen(),
        it.phase(),
        it.primary(),
        it.epoch(),
        it.gate(),
        new RouteState.Reads(green),
        it.mirror(),
        it.sessions(),
        it.inFlight(),
        it.sync(),
        it.verification(),
        it.rollback(),
        it.lastSwitch(),
        it.blockers());
  }

  private RouteState did(String call) throws RefusedException {
    calls.add(call);
    RuntimeException defect = bug;
    if (defect != null) {
      throw defect;
    }
    RefusedException now = refusal;
    if (now != null) {
      throw now;
    }
    return state;
  }

  @Override
  public RouteName name() {
    return name;
  }

  @Override
  public RouteState state() {
    return state;
  }

  @Override
  public List<Traffic.SessionView> sessions() {
    return List.of(
        new Traffic.SessionView(
            7, "10.0.0.9:4711", "app", "shop", "billing", "in transaction", Side.BLUE, false, 12));
  }

  @Override
  public Traffic.Figures figures() {
    return new Traffic.Figures(3, 1, 9, 1000, 250, 40, 2, 4321, 8765);
  }

  @Override
  public RouteState reads(double greenPercent) throws RefusedException {
    did("reads " + greenPercent);
    return become(it -> with(it, greenPercent));
  }

  @Override
  public RouteState mirror(String mode) throws RefusedException {
    return did("mirror " + mode);
  }

  @Override
  public RouteState pause(Duration deadline) throws RefusedException {
    return did("pause " + deadline.toMillis());
  }

  @Override
  public RouteState resume() throws RefusedException {
    return did("resume");
  }

  @Override
  public RouteState startSync() throws RefusedException {
    return did("sync");
  }

  @Override
  public RouteState stopSync() throws RefusedException {
    return did("stop sync");
  }

  @Override
  public RouteState verify() throws RefusedException {
    return did("verify");
  }

  @Override
  public SwitchReport cutover(Duration maxPause) throws RefusedException {
    did("cutover " + maxPause.toMillis());
    return report;
  }

  @Override
  public SwitchReport rollback(Duration maxPause) throws RefusedException {
    did("rollback " + maxPause.toMillis());
    return report;
  }

  @Override
  public RouteState finish() throws RefusedException {
    return did("finish");
  }

  @Override
  public AutoCloseable onChange(Consumer<RouteState> listener) {
    listeners.add(listener);
    watched.complete(null);
    return () -> listeners.remove(listener);
  }
}
