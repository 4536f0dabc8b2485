package org.turnout.migration;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.turnout.sync.Finding;
import org.turnout.sync.Finding.Severity;

/** The findings that the migration itself makes; those about the databases come from the sync. */
final class Findings {
  private Findings() {}

  static Finding blocker(String code, String subject, String message, String advice) {
    return new Finding(code, Severity.BLOCKER, subject, message, advice);
  }

  static Finding warning(String code, String subject, String message, String advice) {
    return new Finding(code, Severity.WARNING, subject, message, advice);
  }

  static boolean blocks(List<Finding> findings) {
    return findings.stream().anyMatch(finding -> finding.severity() == Severity.BLOCKER);
  }

  /** The sessions that keep a drain from ending. */
  static List<Finding> inTheWay(List<Traffic.SessionView> sessions) {
    return sessions.stream()
        .filter(session -> !session.atBoundary())
        .map(
            session ->
                blocker(
                    "session-in-the-way",
                    "client " + session.client(),
                    describe(session)
                        + String.format(
                            Locale.ROOT,
                            " has been %s for %.3f s",
                            session.state(),
                            session.stateMillis() / 1000.0),
                    "wait until its work has ended, end it, or allow a longer pause"))
        .toList();
  }

  static List<Finding> immovable(List<Traffic.Immovable> sessions) {
    return sessions.stream()
        .map(
            immovable ->
                blocker(
                    "session-immovable",
                    "client " + immovable.session().client(),
                    describe(immovable.session()) + " cannot be moved: " + immovable.reason(),
                    immovable.advice()))
        .toList();
  }

  private static String describe(Traffic.SessionView session) {
    String application = session.application().isEmpty() ? "" : " (" + session.application() + ")";
    return "session "
        + session.id()
        + ", user "
        + session.user()
        + " on "
        + session.database()
        + application;
  }

  /** What went wrong, for people: never empty. */
  static String sentence(Throwable failure) {
    Throwable cause = failure.getCause();
    if (cause != null
        && (failure instanceof CompletionException || failure instanceof ExecutionException)) {
      return sentence(cause);
    }
    String message = failure.getMessage();
    return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
  }
}
