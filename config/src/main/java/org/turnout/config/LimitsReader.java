package org.turnout.config;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads {@code limits:} of a route. */
final class LimitsReader {
  private static final int MOST_SESSIONS = 1_000_000;
  private static final Duration MOMENT = Duration.ofMillis(100);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration WEEK = Duration.ofDays(7);

  private LimitsReader() {}

  static LimitsConfig read(Optional<Value> value) {
    LimitsConfig standard = LimitsConfig.DEFAULT;
    Optional<Section> found = value.flatMap(Value::section);
    if (found.isEmpty()) {
      return standard;
    }
    Section section = found.get();
    LimitsConfig limits =
        new LimitsConfig(
            count(section.optional("maxSessions")),
            count(section.optional("maxSessionsPerAddress")),
            time(section, "authenticationTimeout", SECOND, HOUR, standard.authenticationTimeout()),
            time(section, "idleTimeout", SECOND, WEEK, standard.idleTimeout()),
            time(section, "keepAlive", SECOND, HOUR, standard.keepAlive()),
            time(section, "stopTimeout", MOMENT, HOUR, standard.stopTimeout()));
    section.end();
    return limits;
  }

  private static OptionalInt count(Optional<Value> value) {
    return value
        .flatMap(it -> it.number(1, MOST_SESSIONS))
        .map(OptionalInt::of)
        .orElse(OptionalInt.empty());
  }

  private static Duration time(
      Section section, String key, Duration least, Duration most, Duration standard) {
    return section.optional(key).flatMap(it -> Units.duration(it, least, most)).orElse(standard);
  }
}
