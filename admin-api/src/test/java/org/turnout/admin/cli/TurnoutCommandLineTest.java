package org.turnout.admin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.turnout.admin.FakeRoute;
import org.turnout.admin.RunningAdmin;
import org.turnout.migration.Route.RefusedException;
import org.turnout.migration.RouteState.VerificationState;
import org.turnout.migration.SwitchReport;
import org.turnout.sync.SyncStatus;
import org.turnout.sync.Verification;
import picocli.CommandLine.Command;

/** The commands against a real admin API. */
class TurnoutCommandLineTest {
  private final FakeRoute shop = new FakeRoute("shop");
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<CommandProvider> providers = new ArrayList<>();
  private RunningAdmin admin;

  @TempDir Path directory;

  @BeforeEach
  void start() {
    admin = new RunningAdmin(Optional.empty(), shop);
  }

  @AfterEach
  void stop() {
    admin.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "reads 25 | reads 25.0",
        "mirror log | mirror log",
        "pause | pause 1234",
        "pause --deadline 3s | pause 3000",
        "resume | resume",
        "sync --no-wait | sync",
        "sync --stop | stop sync",
        "verify --no-wait | verify",
        "cutover | cutover 1234",
        "cutover --max-pause 500ms | cutover 500",
        "rollback --route shop | rollback 1234",
        "finish --json | finish",
      })
  void eachCommandDoesItsOneThing(String words, String call) {
    assertThat(turnout(words.split(" "))).as(err.toString()).isZero();
    assertThat(shop.calls).containsExactly(call);
    assertThat(out.toString()).isNotEmpty();
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void statusShowsWhereEachRouteStands() {
    assertThat(turnout("status")).isZero();

    assertThat(out.toString())
        .isEqualTo(
            """
            shop: following, primary blue, epoch 0, gate open, 0 % of reads on green
              clients   3 on 0.0.0.0:6432, 1 in flight
              sync      following, 8 ms behind (17 bytes of log)
              compared  not yet
              rollback  not ready: there was no cutover
              blocker   open-transaction (session 7): 10.0.0.9:4711 is in a transaction for 12 s
                        End it, or raise maxPause.
            """);
  }

  @Test
  void statusAnswersMachinesInJson() throws Exception {
    assertThat(turnout("status", "--json", "--route", "shop")).isZero();

    assertThat(new ObjectMapper().readTree(out.toString()).path("phase").textValue())
        .isEqualTo("following");
  }

  @Test
  void syncWaitsUntilGreenFollows() {
    SyncStatus following = shop.state().sync();
    shop.become(it -> FakeRoute.with(it, copying(following, 20)));
    CompletableFuture<Integer> status = CompletableFuture.supplyAsync(() -> turnout("sync"));
    awaitProgress("20 of 50 rows, 10 rows/s, 3 s left");
    shop.become(it -> FakeRoute.with(it, copying(following, 40)));
    awaitProgress("40 of 50 rows");
    assertThat(status).isNotDone();

    shop.become(it -> FakeRoute.with(it, following));

    assertThat(status.join()).as(err.toString()).isZero();
    assertThat(out.toString()).contains("sync      following, 8 ms behind");
  }

  @Test
  void syncThatFailsIsAFailureWithItsReason() {
    shop.become(
        it -> FakeRoute.with(it, state(it.sync(), SyncStatus.State.FAILED, "the slot is lost")));

    assertThat(turnout("sync")).isEqualTo(1);
    assertThat(err.toString()).contains("turnout: the sync has ended: failed: the slot is lost");
  }

  @Test
  void verifyIsASuccessOnlyWhenTheSidesAreEqual() {
    shop.become(it -> FakeRoute.with(it, compared(0)));

    assertThat(turnout("verify")).as(err.toString()).isZero();
    assertThat(out.toString()).isEqualTo("equal, 50 rows in 2 tables, 1.5 s\n");
  }

  @Test
  void verifyWaitsForASyncThatIsAboutToFollow() throws Exception {
    shop.become(it -> FakeRoute.with(it, state(it.sync(), SyncStatus.State.PREPARING, "")));
    CompletableFuture<Integer> status = CompletableFuture.supplyAsync(() -> turnout("verify"));
    shop.watched.get(30, TimeUnit.SECONDS);
    assertThat(shop.calls).isEmpty();

    shop.become(it -> FakeRoute.with(it, compared(0)));
    shop.become(it -> FakeRoute.with(it, state(it.sync(), SyncStatus.State.FOLLOWING, "")));

    assertThat(status.get(30, TimeUnit.SECONDS)).as(err.toString()).isZero();
    assertThat(shop.calls).containsExactly("verify");
  }

  @Test
  void aCopyThatWaitsNamesWhomItWaitsFor() {
    shop.become(
        it ->
            FakeRoute.with(
                it, state(it.sync(), SyncStatus.State.COPYING, "The copy waits for etl@shop")));

    assertThat(turnout("status")).isZero();
    assertThat(out.toString()).contains("copying", ": The copy waits for etl@shop");
  }

  @Test
  void verifyEndsWhenTheComparisonIsForgottenMeanwhile() {
    assertThat(shop.state.verification()).isEmpty();

    assertThat(turnout("verify")).isEqualTo(1);
    assertThat(err.toString()).contains("the comparison was given up");
  }

  @Test
  void aRemovalThatFailedHalfWaySaysSo() {
    shop.refusal = RefusedException.inPart("blue went away", List.of());

    assertThat(turnout("finish")).isEqualTo(1);
    assertThat(err.toString()).contains("a part of it was done; repeat it", "blue went away");
  }

  @Test
  void verifyNamesTheKeysThatDiffer() {
    shop.become(it -> FakeRoute.with(it, compared(1)));

    assertThat(turnout("verify")).isEqualTo(1);
    assertThat(err.toString())
        .contains(
            "turnout: the sides were not found equal: 1 keys differ, 50 rows in 2 tables, 1.5 s",
            "public.item id=7 different in price");
  }

  @Test
  void anAbortedCutoverIsAFailureThatNamesWhoWasInTheWay() {
    shop.report =
        new SwitchReport(
            "blue-to-green",
            "aborted",
            1,
            2_000_000,
            List.of(new SwitchReport.Step("drain", 0, 1_999_000, "1 of 3 sessions was busy")),
            List.of(FakeRoute.LONG_TRANSACTION));

    assertThat(turnout("cutover")).isEqualTo(1);

    assertThat(out.toString()).isEmpty();
    assertThat(err.toString())
        .contains(
            "turnout: The change of primary was aborted; the old primary serves.",
            "drain  1 of 3 sessions was busy",
            "open-transaction (session 7)",
            "End it, or raise maxPause.")
        .doesNotContain("Exception", "\tat ");
  }

  @Test
  void aFailureAnswersMachinesWithTheProblemDocument() throws Exception {
    shop.refusal = new RefusedException("not now", List.of());

    assertThat(turnout("cutover", "--json")).isEqualTo(1);

    assertThat(new ObjectMapper().readTree(out.toString()).path("type").textValue())
        .isEqualTo("urn:turnout:problem:refused");
  }

  @Test
  void asksWhichRouteIsMeant() {
    try (RunningAdmin two = new RunningAdmin(Optional.empty(), shop, new FakeRoute("crm"))) {
      assertThat(turnoutAt(two.uri("/").toString(), "resume")).isEqualTo(1);
    }
    assertThat(err.toString())
        .isEqualTo(
            """
            turnout: there are several routes: shop, crm
              Name the one that is meant with --route.
            """);
  }

  @Test
  void saysThatNobodyAnswers() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }

    assertThat(turnoutAt("http://127.0.0.1:" + port, "status")).isEqualTo(1);
    assertThat(err.toString())
        .isEqualTo(
            "turnout: Turnout does not answer on http://127.0.0.1:"
                + port
                + "\n  Start it with `turnout run`, or say where it is with --config FILE or"
                + " --admin URL.\n");
  }

  @Test
  void takesAddressAndTokenFromTheConfiguration() throws Exception {
    try (RunningAdmin guarded = new RunningAdmin(Optional.of("t0ken"), shop)) {
      Path file =
          Files.writeString(
              directory.resolve("turnout.yaml"),
              "admin: { listen: \"" + guarded.address() + "\", token: t0ken }\nroutes: {}\n");

      assertThat(run("resume", "--config", file.toString())).as(err.toString()).isZero();
      assertThat(turnoutAt(guarded.uri("/").toString(), "resume", "--token", "wrong")).isEqualTo(1);
    }
    assertThat(err.toString()).contains("Give it with --token, or in the environment variable");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "cutovr | Did you mean: turnout cutover?",
        "reads | Missing required parameter: 'PERCENT'",
        "reads many | 'many' is not a double",
        "cutover --max-pause 5 | \"5\" is not a duration; write for example 500ms or 2s",
        "mirror maybe | expected one of [off, log]",
      })
  void wrongUsageIsToldInASentence(String words, String told) {
    assertThat(turnout(words.split(" "))).isEqualTo(2);
    assertThat(err.toString()).contains(told).doesNotContain("Exception");
    assertThat(shop.calls).isEmpty();
  }

  @Test
  void commandsOfOtherModulesJoinIn() {
    providers.add(() -> List.of(new Greeting()));

    assertThat(run("greet")).isEqualTo(1);
    assertThat(err.toString()).isEqualTo("turnout: nobody is here\n  Come back later.\n");
  }

  @Test
  void aDefectShowsNoStackTrace() {
    providers.add(() -> List.of(new Broken()));

    assertThat(run("break")).isEqualTo(1);
    assertThat(err.toString()).contains("a defect of Turnout").doesNotContain("\tat ");
  }

  @Command(name = "greet")
  static final class Greeting implements Callable<Integer> {
    @Override
    public Integer call() throws CommandFailure {
      throw new CommandFailure("nobody is here", "Come back later.");
    }
  }

  @Command(name = "break")
  static final class Broken implements Callable<Integer> {
    @Override
    public Integer call() {
      throw new IllegalStateException("this should not be");
    }
  }

  private int turnout(String... words) {
    return turnoutAt(admin.uri("/").toString(), words);
  }

  private int turnoutAt(String address, String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--admin", address));
    return run(all.toArray(String[]::new));
  }

  private int run(String... words) {
    Terminal terminal = new Terminal(new PrintWriter(out, true), new PrintWriter(err, true), false);
    return TurnoutCommandLine.run(terminal, providers, words);
  }

  /** Returns when the command has shown the text. */
  private void awaitProgress(String text) {
    while (!err.toString().contains(text)) {
      Thread.onSpinWait();
    }
  }

  private static VerificationState compared(int differences) {
    List<Verification.Difference> keys =
        differences == 0
            ? List.of()
            : List.of(
                new Verification.Difference(
                    "public.item", "id=7", Verification.Kind.DIFFERENT, List.of("price")));
    return new VerificationState(
        false,
        50,
        50,
        differences,
        Optional.of(new Verification(true, 2, 50, differences, keys, 1500)),
        Optional.empty());
  }

  private static SyncStatus copying(SyncStatus it, long rows) {
    return new SyncStatus(
        SyncStatus.State.COPYING,
        Optional.empty(),
        it.tables(),
        rows,
        50,
        rows * 80,
        10,
        Optional.of(Duration.ofSeconds(3)),
        0,
        Optional.empty(),
        0,
        0,
        0);
  }

  private static SyncStatus state(SyncStatus it, SyncStatus.State state, String error) {
    return new SyncStatus(
        state,
        Optional.of(error),
        it.tables(),
        it.rowsCopied(),
        it.rowsTotal(),
        it.bytesCopied(),
        0,
        Optional.empty(),
        it.lagBytes(),
        it.lag(),
        it.transactionsApplied(),
        it.changesApplied(),
        it.retainedBytes());
  }
}
