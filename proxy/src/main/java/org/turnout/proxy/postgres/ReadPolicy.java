package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.function.Supplier;
import org.turnout.proxy.routing.Classification;
import org.turnout.proxy.routing.ReadClassifier;
import org.turnout.proxy.routing.ReadRules;
import org.turnout.proxy.session.Lane;
import org.turnout.sync.Freshness;

/** What the sessions of one event loop share to decide where a read goes. Confined to it. */
final class ReadPolicy {
  private final Lane lane;
  private final Freshness freshness;
  private final long waitNanos;
  private final Supplier<ReadRules> rules;
  private final Supplier<ForeignNumbers> numbers;
  private final ReadClassifier classifier;

  /**
   * @param wait how long a read may wait for freshness; zero for never
   * @param rules those of the secondary, as of now; any thread may have replaced them
   * @param numbers what the numbers in the secondary's answers are on the primary, likewise
   */
  ReadPolicy(
      Lane lane,
      Freshness freshness,
      Duration wait,
      Supplier<ReadRules> rules,
      Supplier<ForeignNumbers> numbers) {
    this.lane = lane;
    this.freshness = freshness;
    this.waitNanos = wait.toNanos();
    this.rules = rules;
    this.numbers = numbers;
    this.classifier = new ReadClassifier(rules.get());
  }

  /** Share of sessions whose reads go to the secondary, 0 to 1. */
  double share() {
    return lane.route().secondaryShare();
  }

  /** Whether the secondary has everything that was committed up to the given instant. */
  boolean isFresh(long nanos) {
    return freshness.covers(nanos);
  }

  /** A session whose reads may go to the secondary has used the primary. */
  void primaryUsed() {
    freshness.soon();
  }

  /** How long a read may wait for freshness; zero for never. */
  long waitNanos() {
    return waitNanos;
  }

  /** As {@link Freshness#await}. */
  Freshness.Waiting await(long nanos, Runnable action) {
    return freshness.await(nanos, action);
  }

  /** What is decided by now; another object when that has changed. */
  ReadRules rules() {
    return rules.get();
  }

  /** What the numbers in the secondary's answers are on the primary, as of now. */
  ForeignNumbers numbers() {
    return numbers.get();
  }

  /** Classifies SQL text, by absolute index and without its terminating zero. */
  Classification classify(ByteBuf bytes, int index, int length) {
    classifier.rules(rules.get());
    return classifier.classify(bytes, index, length);
  }

  /** Classifies SQL text. */
  Classification classify(byte[] text) {
    classifier.rules(rules.get());
    return classifier.classify(text, 0, text.length);
  }
}
