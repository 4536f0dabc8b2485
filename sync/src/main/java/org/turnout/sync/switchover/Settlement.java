package org.turnout.sync.switchover;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.Side;
import org.turnout.sync.Epoch;
import org.turnout.sync.Finding;
import org.turnout.sync.Settled;
import org.turnout.sync.Standing;
import org.turnout.sync.SyncException;
import org.turnout.sync.apply.Origin;
import org.turnout.sync.apply.StreamPosition;
import org.turnout.sync.capture.Leftovers;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.Tables;

/**
 * Finds out which side is primary and settles what a crash left open: an attempt without a decision
 * is called off where the decision would lie, so that it can never be made later, and its fence is
 * lifted; a decision that was made is rolled forward. What a {@link Verdict} cannot say is asked
 * here, and what it says is made true on the sides that answer.
 *
 * <p>Where nothing of Turnout is, nothing is changed. Repeatable; one caller at a time.
 */
public final class Settlement {
  private static final Logger log = LoggerFactory.getLogger(Settlement.class);

  /** Code of the finding that an old primary may have been written to after the decision. */
  public static final String FENCE_EXPIRED = "fence-expired";

  private static final Duration FENCE_AGAIN = Duration.ofSeconds(2);

  private final PostgresSide blue;
  private final PostgresSide green;

  /** The two sides of a route, in any order. */
  public Settlement(PostgresSide one, PostgresSide other) {
    this.blue = one.side() == Side.BLUE ? one : other;
    this.green = one.side() == Side.BLUE ? other : one;
  }

  /**
   * Settles; what a side did not let be done is named and left for the next time.
   *
   * @param known what this Turnout last knew
   * @throws SyncException when the primary cannot be known, with the reason
   */
  public Settled settle(Standing known) throws SyncException {
    // At the same time: one may be far away, and clients wait.
    CompletableFuture<Seen> lookAtGreen =
        CompletableFuture.supplyAsync(
            () -> Seen.look(green), Thread.ofPlatform().name("turnout-settle-green")::start);
    try (Seen atBlue = lookBeside(lookAtGreen);
        Seen atGreen = result(lookAtGreen)) {
      return switch (Verdict.of(known, atBlue.readable(), atGreen.readable())) {
        case Verdict.Known(Standing standing) -> tidy(standing, atBlue, atGreen);
        case Verdict.Unknown(String reason) -> throw unknown(reason, atBlue, atGreen);
        case Verdict.Open open ->
            tidy(
                open.standing().primary() == Side.BLUE
                    ? close(open, atBlue, atGreen)
                    : close(open, atGreen, atBlue),
                atBlue,
                atGreen);
      };
    }
  }

  private Seen lookBeside(CompletableFuture<Seen> lookAtGreen) {
    try {
      return Seen.look(blue);
    } catch (RuntimeException defect) {
      lookAtGreen.thenAccept(Seen::close);
      throw defect;
    }
  }

  private static Seen result(CompletableFuture<Seen> look) {
    try {
      return look.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException defect ? defect : e;
    }
  }

  /** Nobody may write until it is known: a fence that stands must not expire meanwhile. */
  private static SyncException unknown(String reason, Seen atBlue, Seen atGreen) {
    StringBuilder message = new StringBuilder(reason);
    for (Seen seen : new Seen[] {atBlue, atGreen}) {
      seen.failure().ifPresent(failure -> message.append(". ").append(failure.getMessage()));
      Connection connection = seen.usable();
      if (connection != null) {
        try {
          Fence.extend(connection, seen.side().route().value());
        } catch (SQLException e) {
          log.warn("{}", seen.side().failure("keeping the fence up", e).getMessage());
        }
      }
    }
    return new SyncException(message.toString());
  }

  /** Calls off every open attempt, unless it turns out to be decided. */
  private static Standing close(Verdict.Open open, Seen atPrimary, Seen atSecondary)
      throws SyncException {
    Standing standing = open.standing();
    Connection primary = atPrimary.connection();
    if (primary == null) {
      throw new IllegalStateException("an open intent was read from nowhere");
    }
    for (SideRecords.Intent intent : open.intents()) {
      String outcome = outcome(intent, atSecondary);
      if (outcome.equals(DecisionRecords.SWITCHED)) {
        return new Standing(standing.epoch().next(), standing.primary().other());
      }
      try {
        Fence.lift(primary, atPrimary.side().route().value());
        DecisionRecords.close(primary, intent.attempt(), DecisionRecords.ABORTED);
        log.info("an attempt to begin epoch {} was called off", intent.epoch());
      } catch (SQLException e) {
        throw atPrimary.side().failure("calling off an attempt", e);
      }
    }
    return standing;
  }

  private static String outcome(SideRecords.Intent intent, Seen atSecondary) throws SyncException {
    Connection connection = atSecondary.usable();
    if (connection == null) {
      // Without Turnout's tables no decision is there, and none can come.
      return DecisionRecords.ABORTED;
    }
    try {
      return DecisionRecords.put(
          connection,
          intent.attempt(),
          atSecondary.side().route(),
          intent.epoch(),
          DecisionRecords.ABORTED);
    } catch (SQLException e) {
      throw atSecondary.side().failure("asking what became of an attempt", e);
    }
  }

  private static Settled tidy(Standing standing, Seen atBlue, Seen atGreen) throws SyncException {
    boolean onBlue = standing.primary() == Side.BLUE;
    Seen primary = onBlue ? atBlue : atGreen;
    Seen secondary = onBlue ? atGreen : atBlue;
    List<Finding> left = new ArrayList<>();
    boolean blank =
        standing.epoch().equals(Epoch.FIRST)
            && !primary.records().present()
            && !secondary.records().present();
    if (!blank) {
      openPrimary(primary, standing, left);
      closeSecondary(secondary, standing, left);
    }
    return new Settled(standing, left);
  }

  private static void openPrimary(Seen seen, Standing standing, List<Finding> left)
      throws SyncException {
    Connection connection = reachable(seen, left);
    if (connection == null) {
      return;
    }
    try {
      Fence.lift(connection, seen.side().route().value());
      int busy = FenceTriggers.drop(connection, seen.side().route());
      if (busy > 0) {
        left.add(left(seen, "triggers of a lifted fence stay on " + busy + " tables in use"));
      }
    } catch (SQLException e) {
      throw seen.side().failure("lifting the fence", e);
    }
    sweep(seen, standing, left);
  }

  /** Rolls forward what belongs on the old primary. */
  private static void closeSecondary(Seen seen, Standing standing, List<Finding> left) {
    Connection connection = reachable(seen, left);
    if (connection == null) {
      return;
    }
    sweep(seen, standing, left);
    long epoch = standing.epoch().number();
    if (epoch == 0) {
      return;
    }
    try {
      for (SideRecords.Intent intent : seen.records().open(epoch)) {
        DecisionRecords.close(connection, intent.attempt(), DecisionRecords.SWITCHED);
      }
      fenceForGood(seen, connection, standing, left);
    } catch (SQLException e) {
      left.add(left(seen, sentence(seen.side().failure("fencing the old primary", e))));
    } catch (SyncException e) {
      left.add(left(seen, "the old primary is not fenced yet: " + sentence(e)));
    }
  }

  /** The connection where Turnout's tables are; a side that is away may have some too. */
  private static @Nullable Connection reachable(Seen seen, List<Finding> left) {
    seen.failure()
        .ifPresent(
            failure ->
                left.add(
                    left(seen, "what Turnout left there is not tidied yet: " + sentence(failure))));
    return seen.usable();
  }

  private static Finding left(Seen seen, String message) {
    log.debug("{}: {}", seen.side(), message);
    return new Finding(
        "not-tidied",
        Finding.Severity.WARNING,
        seen.side().side().word(),
        message,
        "It is tried again by itself; make this side reachable.");
  }

  private static String sentence(SyncException failure) {
    return String.valueOf(failure.getMessage());
  }

  private static void fenceForGood(
      Seen seen, Connection connection, Standing standing, List<Finding> left)
      throws SQLException, SyncException {
    Attempt attempt = Attempt.of(seen.side().route(), standing.epoch());
    Optional<SideRecords.FenceRow> stands =
        seen.records()
            .fence()
            .filter(fence -> fence.epoch() == standing.epoch().number())
            .filter(fence -> !fence.state().equals("lifted"));
    if (stands.isEmpty()) {
      Fence fence = Fence.prepare(seen.side(), attempt, Tables.load(connection));
      try {
        fence.lock(FENCE_AGAIN);
        fence.stick(SwitchConnection.PATIENCE);
      } finally {
        fence.release();
      }
    }
    Fence.confirm(connection, attempt);
    if (stands.filter(SideRecords.FenceRow::expired).isPresent()) {
      left.add(expired(seen, standing));
    }
  }

  /**
   * Nobody was there to confirm it in time; it stands again, and what was written is not undone.
   */
  private static Finding expired(Seen seen, Standing standing) {
    String message =
        "The fence of "
            + seen.side()
            + " expired before anyone confirmed it, though "
            + standing.primary().word()
            + " is primary: who does not come through Turnout could write there until now, and"
            + " that is on no other side.";
    log.warn("{}", message);
    return new Finding(
        FENCE_EXPIRED,
        Finding.Severity.WARNING,
        seen.side().side().word(),
        message,
        "Compare both sides: turnout verify; bring to "
            + standing.primary().word()
            + " by hand what is only on "
            + seen.side().side().word()
            + ".");
  }

  private static void sweep(Seen seen, Standing standing, List<Finding> left) {
    try {
      PostgresSide side = seen.side();
      Optional<Epoch> epoch = Optional.of(standing.epoch());
      boolean source = side.side() == standing.primary();
      Leftovers.drop(side, source ? epoch : Optional.empty());
      StreamPosition.removeOthers(side, source ? Optional.empty() : epoch);
      Origin.removeEnded(side, standing.epoch());
    } catch (SyncException e) {
      left.add(left(seen, "streams of other epochs stay for now: " + sentence(e)));
    }
  }

  /**
   * Removes the fence of a route from a side, for the removal of everything: to be called before
   * the helper schema goes.
   */
  public static void removeFence(PostgresSide side) throws SyncException {
    try (Seen seen = Seen.look(side)) {
      if (seen.failure().isPresent()) {
        throw seen.failure().get();
      }
      Connection connection = seen.usable();
      if (connection != null) {
        Fence.lift(connection, side.route().value());
        FenceTriggers.drop(connection, side.route());
      }
    } catch (SQLException e) {
      throw side.failure("removing the fence", e);
    }
  }
}
