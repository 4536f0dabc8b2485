package org.turnout.proxy.program;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands in the log, character by character. */
class LogLineTest {
  private final LoggerContext context = new LoggerContext();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-01-02T03:04:05.006Z",
        "2026-11-28T22:59:10.120Z",
        "2027-07-31T12:30:00Z",
        "1999-12-31T23:59:59.999Z"
      })
  void beginsWithTheTimeOfThisPlace(String instant) {
    Instant time = Instant.parse(instant);
    String expected =
        OffsetDateTime.ofInstant(time, ZoneId.systemDefault())
            .format(DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", Locale.ROOT));

    assertThat(line(event(Level.WARN, time, null)))
        .isEqualTo(expected + " WARN  Listeners: port 5 is taken\n");
    assertThat(line(event(Level.ERROR, time, null)))
        .isEqualTo(expected + " ERROR Listeners: port 5 is taken\n");
  }

  @Test
  void endsWithWhatWasThrown() {
    Throwable thrown =
        new IllegalStateException("it broke", new IllegalArgumentException("because"));

    assertThat(line(event(Level.INFO, Instant.EPOCH, thrown)))
        .contains(" INFO  Listeners: port 5 is taken\njava.lang.IllegalStateException: it broke\n")
        .contains("\tat org.turnout.proxy.program.LogLineTest")
        .contains("Caused by: java.lang.IllegalArgumentException: because\n")
        .endsWith("\n");
  }

  private static String line(LoggingEvent event) {
    return new LogLine().doLayout(event);
  }

  private LoggingEvent event(Level level, Instant time, @Nullable Throwable thrown) {
    LoggingEvent event =
        new LoggingEvent(
            "LogLineTest",
            context.getLogger("org.turnout.proxy.session.Listeners"),
            level,
            "port {} is taken",
            thrown,
            new Object[] {5});
    event.setInstant(time);
    return event;
  }
}
