package org.turnout.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/** A log that clients write to as often as they like stays readable. */
class SparingLogTest {
  private static final int MOST = 20;
  private static final long WINDOW = TimeUnit.SECONDS.toNanos(10);

  /** As it can be on a real machine: any number, which overflows at some time. */
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - WINDOW / 2);

  private final Lines lines = new Lines(Level.INFO);
  private final SparingLog log = new SparingLog(lines, clock::get);

  private void write(int times) {
    IntStream.range(0, times).forEach(i -> log.write(Level.WARN, "client {} of {}", i, times));
  }

  @Test
  void writesWhatIsRare() {
    write(MOST);

    assertThat(lines.all).hasSize(MOST).contains("WARN client 0 of 20", "WARN client 19 of 20");
  }

  @Test
  void leavesOutWhatIsTooMuchInATime() {
    write(5_000);
    clock.addAndGet(WINDOW);
    write(1);

    assertThat(lines.all)
        .hasSize(MOST + 1)
        .endsWith(
            "WARN client 19 of 5000",
            "WARN more lines like the one before are left out for a while");
  }

  @Test
  void saysHowManyWereLeftOutAndGoesOn() {
    write(5_000);
    lines.all.clear();
    clock.addAndGet(WINDOW + 1);
    write(MOST);
    write(1);

    assertThat(lines.all)
        .hasSize(MOST + 2)
        .startsWith("WARN 4980 lines like the next one were left out", "WARN client 0 of 20");

    clock.addAndGet(WINDOW + 1);
    lines.all.clear();
    write(1);
    assertThat(lines.all)
        .containsExactly("WARN 1 lines like the next one were left out", "WARN client 0 of 1");
  }

  @Test
  void saysNothingOfLinesLeftOutWhereThereAreNone() {
    write(MOST);
    clock.addAndGet(WINDOW + 1);
    lines.all.clear();
    write(1);

    assertThat(lines.all).containsExactly("WARN client 0 of 1");
  }

  @Test
  void countsNothingThatIsNotLoggedAtAll() {
    IntStream.range(0, 100).forEach(i -> log.write(Level.DEBUG, "unseen"));
    write(1);
    clock.addAndGet(WINDOW + 1);
    write(1);

    assertThat(lines.all).containsExactly("WARN client 0 of 1", "WARN client 0 of 1");
  }

  @Test
  void keepsToItWhateverThreadsWrite() throws Exception {
    CountDownLatch together = new CountDownLatch(1);
    List<Thread> threads =
        IntStream.range(0, 8)
            .mapToObj(
                i ->
                    Thread.ofPlatform()
                        .start(
                            () -> {
                              awaitUninterruptibly(together);
                              write(1_000);
                            }))
            .toList();
    together.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(lines.all).hasSize(MOST + 1);

    clock.addAndGet(WINDOW + 1);
    write(1);
    assertThat(lines.all).contains("WARN 7980 lines like the next one were left out");
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Keeps what is logged at a level or above it. */
  private static final class Lines extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1L;

    private final transient List<String> all = Collections.synchronizedList(new ArrayList<>());
    private final Level least;

    Lines(Level least) {
      this.least = least;
    }

    private boolean has(Level level) {
      return level.toInt() >= least.toInt();
    }

    @Override
    public boolean isTraceEnabled() {
      return has(Level.TRACE);
    }

    @Override
    public boolean isDebugEnabled() {
      return has(Level.DEBUG);
    }

    @Override
    public boolean isInfoEnabled() {
      return has(Level.INFO);
    }

    @Override
    public boolean isWarnEnabled() {
      return has(Level.WARN);
    }

    @Override
    public boolean isErrorEnabled() {
      return has(Level.ERROR);
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
      return null;
    }

    @Override
    protected void handleNormalizedLoggingCall(
        Level level,
        @Nullable Marker marker,
        String format,
        Object @Nullable [] arguments,
        @Nullable Throwable cause) {
      all.add(level + " " + MessageFormatter.basicArrayFormat(format, arguments));
    }
  }
}
