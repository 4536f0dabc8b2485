package org.turnout.bench.report;

/**
 * What Turnout is to reach, and whether it does.
 *
 * @param measured in words, for example {@code 0.94 × pgbouncer}
 * @param outcome what of it
 */
public record Goal(String what, String wanted, String measured, Outcome outcome) {
  /** Whether a goal was reached. */
  public enum Outcome {
    MET,
    MISSED,
    UNKNOWN
  }
}
