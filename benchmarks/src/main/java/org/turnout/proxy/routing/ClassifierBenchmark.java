package org.turnout.proxy.routing;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.turnout.sync.SideCatalogue.ReadCatalogue;

/**
 * Fingerprint and classification of a statement: one text again and again, which the cache knows,
 * and a text that is new each time, which is read to its end.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ClassifierBenchmark {
  private static final String SHORT = "SELECT balance, filler FROM account WHERE id = 0000000000";
  private static final String LONG =
      "SELECT a.id, sum(o.total) FROM account a JOIN orders o ON o.account = a.id"
          + " WHERE a.balance > 10 AND o.state IN ('new', 'paid') GROUP BY a.id"
          + " ORDER BY 2 DESC LIMIT 0000000000";

  @Param({"short", "long"})
  String statement;

  private final ReadClassifier classifier =
      new ReadClassifier(
          ReadRules.of(
              new ReadCatalogue(
                  Set.of("sum", "count"),
                  Set.of("account", "orders"),
                  Set.of("nextval"),
                  Set.of())));
  private byte[] text;
  private int number;

  @Setup
  public void encode() {
    text = (statement.equals("short") ? SHORT : LONG).getBytes(StandardCharsets.UTF_8);
  }

  @Benchmark
  public Classification sameText() {
    return classifier.classify(text, 0, text.length);
  }

  @Benchmark
  public Classification newText() {
    int rest = ++number;
    for (int at = text.length - 1; at >= text.length - 10; at--) {
      text[at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    return classifier.classify(text, 0, text.length);
  }
}
