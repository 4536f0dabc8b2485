package org.turnout.migration;

import java.util.List;
import org.turnout.sync.Finding;
import org.turnout.sync.SyncException;

/** A step of a change of primary did not succeed; carries what the report says of it. */
final class StepFailed extends Exception {
  private final transient List<Finding> reasons;

  private StepFailed(String message, List<Finding> reasons) {
    super(message);
    this.reasons = reasons;
  }

  List<Finding> reasons() {
    return reasons;
  }

  static StepFailed expired() {
    return new StepFailed("the pause reached its deadline", List.of());
  }

  static StepFailed because(String message, List<Finding> reasons) {
    return new StepFailed(message, reasons);
  }

  static StepFailed of(Throwable failure) {
    String message = Findings.sentence(failure);
    List<Finding> reasons =
        failure instanceof SyncException sync && !sync.findings().isEmpty()
            ? sync.findings()
            : List.of();
    StepFailed failed = new StepFailed(message, reasons);
    failed.initCause(failure);
    return failed;
  }
}
