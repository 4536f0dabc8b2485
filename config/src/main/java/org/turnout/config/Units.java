package org.turnout.config;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations ({@code 500ms}, {@code 2s}) and sizes ({@code 16GiB}) as the operator writes them. */
public final class Units {
  private static final Pattern DURATION = Pattern.compile("([0-9]{1,12})(ms|s|m|h)");
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,15})(B|KiB|MiB|GiB|TiB)");
  private static final Pattern DECIMAL_SIZE = Pattern.compile("([0-9]{1,15}) ?([kKMGT])[bB]?");

  private Units() {}

  /** A duration as it is written in configuration and on the command line, if the text is one. */
  public static Optional<Duration> duration(String text) {
    Matcher matcher = DURATION.matcher(text);
    return matcher.matches()
        ? Optional.of(duration(Long.parseLong(matcher.group(1)), matcher.group(2)))
        : Optional.empty();
  }

  /** Reads a duration between two limits, both included. */
  static Optional<Duration> duration(Value value, Duration least, Duration most) {
    Optional<String> text = withUnit(value, "2s");
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<Duration> parsed = duration(text.get());
    if (parsed.isEmpty()) {
      value.refuse(
          "\"" + text.get() + "\" is not a duration",
          "write a number with ms, s, m or h, for example \"2s\"");
      return parsed;
    }
    Duration duration = parsed.get();
    if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
      value.refuse(text.get() + " is not between " + show(least) + " and " + show(most));
      return Optional.empty();
    }
    return parsed;
  }

  /** Reads a size in bytes between two limits, both included. */
  static Optional<Long> size(Value value, long least, long most) {
    Optional<String> text = withUnit(value, "16GiB");
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Matcher matcher = SIZE.matcher(text.get());
    if (!matcher.matches()) {
      value.refuse("\"" + text.get() + "\" is not a size", sizeAdvice(text.get()));
      return Optional.empty();
    }
    long unit = bytes(matcher.group(2));
    long number = Long.parseLong(matcher.group(1));
    if (number > most / unit || number * unit < least) {
      value.refuse(text.get() + " is not between " + show(least) + " and " + show(most));
      return Optional.empty();
    }
    return Optional.of(number * unit);
  }

  private static Optional<String> withUnit(Value value, String example) {
    if (value.isNumber()) {
      value.refuse("has no unit", "write for example \"" + example + "\"");
      return Optional.empty();
    }
    return value.text();
  }

  private static Duration duration(long number, String unit) {
    return switch (unit) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      default -> Duration.ofHours(number);
    };
  }

  private static String sizeAdvice(String text) {
    Matcher decimal = DECIMAL_SIZE.matcher(text);
    return decimal.matches()
        ? "did you mean \"" + decimal.group(1) + decimal.group(2).toUpperCase(Locale.ROOT) + "iB\"?"
        : "write a number with B, KiB, MiB, GiB or TiB, for example \"16GiB\"";
  }

  private static long bytes(String unit) {
    return switch (unit) {
      case "B" -> 1;
      case "KiB" -> 1L << 10;
      case "MiB" -> 1L << 20;
      case "GiB" -> 1L << 30;
      default -> 1L << 40;
    };
  }

  private static String show(Duration duration) {
    long millis = duration.toMillis();
    return millis != 0 && millis % 60_000 == 0
        ? millis / 60_000 + "m"
        : millis != 0 && millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }

  private static String show(long bytes) {
    for (String unit : new String[] {"TiB", "GiB", "MiB", "KiB"}) {
      if (bytes % bytes(unit) == 0) {
        return bytes / bytes(unit) + unit;
      }
    }
    return bytes + "B";
  }
}
