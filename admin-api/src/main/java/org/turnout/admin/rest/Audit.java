package org.turnout.admin.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.migration.SwitchReport;

/**
 * The audit log: one line for each change that is asked for, whatever becomes of it, also when the
 * caller may not, the request is none, or a defect ends it. What callers send stands in it without
 * line ends and cut, so that nobody writes lines of his own.
 */
record Audit(String action, Handler handler) implements Handler {
  private static final Logger AUDIT = LoggerFactory.getLogger("org.turnout.audit");
  private static final String OUTCOME = "org.turnout.audit.outcome";
  private static final int LONGEST = 500;

  /** Says what became of a change that succeeded, where that is more than done. */
  static void outcome(Context context, String word) {
    context.attribute(OUTCOME, word);
  }

  @Override
  public void handle(Context context) throws Exception {
    String outcome = "failed";
    try {
      handler.handle(context);
      String word = context.attribute(OUTCOME);
      outcome = word == null ? "done" : word;
    } catch (ProblemException refusal) {
      outcome = outcome(refusal.problem());
      throw refusal;
    } catch (Exception failure) {
      outcome = "failed: " + failure;
      throw failure;
    } finally {
      AUDIT.info(
          "route={} action=\"{}\" body={} client={} outcome=\"{}\"",
          line(context.pathParamMap().get("route")),
          action,
          body(context),
          context.ip(),
          line(outcome));
    }
  }

  private static String outcome(Problem problem) {
    return problem
        .report()
        .map(SwitchReport::outcome)
        .orElseGet(() -> (problem.status() >= 500 ? "failed: " : "refused: ") + problem.detail());
  }

  private static String body(Context context) {
    try {
      String text = context.body();
      return line(text.isBlank() ? "{}" : compact(text));
    } catch (RuntimeException tooLarge) {
      return "unread";
    }
  }

  private static String compact(String text) {
    try {
      return Json.MAPPER.readTree(text).toString();
    } catch (JsonProcessingException notJson) {
      return text;
    }
  }

  private static String line(@Nullable String text) {
    String oneLine = String.valueOf(text).replaceAll("\\p{Cntrl}", " ");
    return oneLine.length() <= LONGEST ? oneLine : oneLine.substring(0, LONGEST) + "…";
  }
}
