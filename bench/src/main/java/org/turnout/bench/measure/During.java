package org.turnout.bench.measure;

/** What a second Turnout does while it is measured beside the first, which only serves. */
enum During {
  /** Green follows, and all eligible reads go there. */
  READS,
  /** Tables are copied to green, over and over. */
  COPY,
  /** All rows of both sides are compared, over and over. */
  VERIFY;

  /** The name of the second Turnout among the targets. */
  String target() {
    return "turnout+" + word();
  }

  String word() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
