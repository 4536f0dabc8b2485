package org.turnout.proxy.program;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;

/**
 * One event of the log as text: {@code 2026-11-28T22:10:03.071+01:00 INFO Listeners: message}, and
 * below it what was thrown. Any thread.
 */
final class LogLine extends LayoutBase<ILoggingEvent> {
  private static final int USUAL = 160;
  private static final int LEVEL_WIDTH = 5;

  @Override
  public String doLayout(ILoggingEvent event) {
    StringBuilder line = new StringBuilder(USUAL);
    time(event.getTimeStamp(), line);
    String level = event.getLevel().toString();
    line.append(' ').append(level).repeat(' ', LEVEL_WIDTH - level.length());
    String logger = event.getLoggerName();
    line.append(' ').append(logger, logger.lastIndexOf('.') + 1, logger.length());
    line.append(": ").append(event.getFormattedMessage()).append(System.lineSeparator());
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      line.append(ThrowableProxyUtil.asString(thrown));
    }
    return line.toString();
  }

  /** By hand: the first use of a formatter costs more than the start can spare. */
  private static void time(long millis, StringBuilder line) {
    OffsetDateTime time =
        Instant.ofEpochMilli(millis).atZone(ZoneId.systemDefault()).toOffsetDateTime();
    line.append(time.getYear());
    digits(line.append('-'), time.getMonthValue(), 10);
    digits(line.append('-'), time.getDayOfMonth(), 10);
    digits(line.append('T'), time.getHour(), 10);
    digits(line.append(':'), time.getMinute(), 10);
    digits(line.append(':'), time.getSecond(), 10);
    digits(line.append('.'), time.getNano() / 1_000_000, 100);
    line.append(time.getOffset().getId());
  }

  /** A number with zeros before it, as many digits as the given power of ten has. */
  private static void digits(StringBuilder line, int number, int power) {
    for (int smaller = power; smaller > 1 && number < smaller; smaller /= 10) {
      line.append('0');
    }
    line.append(number);
  }
}
