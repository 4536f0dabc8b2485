package org.turnout.sync.switchover;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.turnout.config.Side;
import org.turnout.sync.Epoch;
import org.turnout.sync.Standing;

/**
 * Which side is primary, as far as records say: a pure function of what could be read.
 *
 * <p>Sides alternate, so an epoch names its primary: blue for even ones, green for odd ones. A side
 * can cease to be primary only by an intent that lies on itself, and become primary only by a
 * decision that lies on itself. Therefore one reachable side is enough, unless it is the primary
 * and has an open intent: then only the other side can say what became of it.
 */
sealed interface Verdict {
  /** The primary is known. */
  record Known(Standing standing) implements Verdict {}

  /** The primary of this standing has open intents; the other side must be asked for each. */
  record Open(Standing standing, List<SideRecords.Intent> intents) implements Verdict {}

  /** It cannot be known, or the records contradict: nobody may write. */
  record Unknown(String reason) implements Verdict {}

  /** The side that is primary in an epoch. */
  static Side primary(long epoch) {
    return epoch % 2 == 0 ? Side.BLUE : Side.GREEN;
  }

  /**
   * Judges.
   *
   * @param known what this Turnout last knew
   * @param blue what blue holds; empty when it cannot be reached
   * @param green what green holds; empty when it cannot be reached
   */
  static Verdict of(Standing known, Optional<SideRecords> blue, Optional<SideRecords> green) {
    if (blue.isEmpty() && green.isEmpty()) {
      return new Unknown("neither side can be reached");
    }
    String crooked = crooked(known, blue, green);
    if (crooked != null) {
      return new Unknown(crooked);
    }
    long epoch = known.epoch().number();
    for (Optional<SideRecords> side : List.of(blue, green)) {
      if (side.isPresent()) {
        epoch = Math.max(epoch, Math.max(side.get().becamePrimary(), side.get().ceased()));
      }
    }
    Side primary = primary(epoch);
    SideRecords atPrimary = (primary == Side.BLUE ? blue : green).orElse(null);
    SideRecords atSecondary = (primary == Side.BLUE ? green : blue).orElse(null);
    String contradiction = contradiction(epoch, primary, atPrimary, atSecondary);
    if (contradiction != null) {
      return new Unknown(contradiction);
    }
    return verdict(new Standing(new Epoch(epoch), primary), atPrimary, atSecondary);
  }

  private static Verdict verdict(
      Standing standing, @Nullable SideRecords atPrimary, @Nullable SideRecords atSecondary) {
    List<SideRecords.Intent> open =
        atPrimary == null ? List.of() : atPrimary.open(standing.epoch().next().number());
    if (open.isEmpty()) {
      return new Known(standing);
    }
    if (atSecondary == null) {
      Side primary = standing.primary();
      return new Unknown(
          "on "
              + primary.word()
              + " an attempt to make "
              + primary.other().word()
              + " primary is open, and "
              + primary.other().word()
              + ", which knows what became of it, cannot be reached");
    }
    return new Open(standing, open);
  }

  /** Rows that lie on the side where they cannot belong. */
  private static @Nullable String crooked(
      Standing known, Optional<SideRecords> blue, Optional<SideRecords> green) {
    if (primary(known.epoch().number()) != known.primary()) {
      return "Turnout's own state says " + known + ", which cannot be";
    }
    for (Side side : Side.values()) {
      SideRecords records = (side == Side.BLUE ? blue : green).orElse(SideRecords.BLANK);
      boolean decidedElsewhere =
          records.decisions().stream().anyMatch(each -> primary(each.epoch()) != side);
      boolean intendedElsewhere =
          records.intents().stream().anyMatch(each -> primary(each.epoch()) == side);
      if (decidedElsewhere || intendedElsewhere) {
        return side.word()
            + " holds records of the other side; are both sides declared in the right order?";
      }
    }
    return null;
  }

  private static @Nullable String contradiction(
      long epoch,
      Side primary,
      @Nullable SideRecords atPrimary,
      @Nullable SideRecords atSecondary) {
    if (epoch == 0) {
      return null;
    }
    SideRecords.Decision decision = atPrimary == null ? null : atPrimary.switchedAt(epoch);
    boolean secondarySpeaks = atSecondary != null && atSecondary.present();
    if (atPrimary != null && decision == null && (atPrimary.present() || secondarySpeaks)) {
      return primary.word()
          + " became primary in epoch "
          + epoch
          + ", but holds no record of it: was it restored or exchanged?";
    }
    if (atSecondary == null || !atSecondary.present()) {
      return null;
    }
    boolean knowsOfIt =
        decision == null
            ? atSecondary.ceased() == epoch || !atSecondary.open(epoch).isEmpty()
            : agrees(atSecondary.intent(decision.attempt()));
    return knowsOfIt
        ? null
        : primary.other().word()
            + " holds no record that "
            + primary.word()
            + " became primary in epoch "
            + epoch
            + ": was it restored or exchanged?";
  }

  private static boolean agrees(SideRecords.@Nullable Intent intent) {
    return intent != null && intent.outcome().map(DecisionRecords.SWITCHED::equals).orElse(true);
  }
}
