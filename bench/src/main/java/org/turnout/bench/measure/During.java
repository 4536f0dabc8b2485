package org.turnout.bench.measure;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a second Turnout does while it is measured beside the first, which only serves. */
enum During {
  /** Green follows by the change stream. */
  MIRROR,
  /** Green follows, and all eligible reads go there. */
  READS,
  /** Tables are copied to green, over and over. */
  COPY,
  /** All rows of both sides are compared, over and over. */
  VERIFY;

  /** By its word; empty for any other. */
  static Optional<During> of(String word) {
    return Arrays.stream(values()).filter(each -> each.word().equals(word)).findFirst();
  }

  /** The name of the second Turnout among the targets. */
  String target() {
    return "turnout+" + word();
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
