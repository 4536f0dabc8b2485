package org.turnout.admin.rest;

import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.migration.Route;
import org.turnout.migration.Route.RefusedException;
import org.turnout.migration.RouteState;
import org.turnout.migration.SwitchReport;

/**
 * What an operator can ask of and do to a route. Each change is one line in the audit log, whatever
 * its outcome. Handlers block on the server's own threads.
 */
final class RouteEndpoints {
  private static final Logger AUDIT = LoggerFactory.getLogger("org.turnout.audit");
  private static final String ROUTES = "/api/v1/routes";
  private static final String ROUTE = ROUTES + "/{route}";

  private final RouteDirectory directory;
  private final EventStream events;

  RouteEndpoints(RouteDirectory directory, EventStream events) {
    this.directory = directory;
    this.events = events;
  }

  List<Endpoint> all() {
    return List.of(
        Endpoint.get(ROUTES, this::routes),
        Endpoint.get(ROUTE, context -> answer(context, directory.of(context).route().state())),
        Endpoint.get(ROUTE + "/sessions", this::sessions),
        Endpoint.get(
            ROUTE + "/events", context -> events.follow(context, directory.of(context).route())),
        Endpoint.put(
            ROUTE + "/reads",
            change(
                "reads", List.of("green"), (it, body) -> it.reads(body.number("green", 0, 100)))),
        Endpoint.put(
            ROUTE + "/mirror",
            change("mirror", List.of("mode"), (it, body) -> it.mirror(body.word("mode")))),
        Endpoint.post(ROUTE + "/pause", this::pause),
        Endpoint.post(ROUTE + "/resume", change("resume", (it, body) -> it.resume())),
        Endpoint.post(ROUTE + "/sync", change("sync", (it, body) -> it.startSync())),
        Endpoint.delete(ROUTE + "/sync", change("stop sync", (it, body) -> it.stopSync())),
        Endpoint.post(ROUTE + "/verify", change("verify", (it, body) -> it.verify())),
        Endpoint.post(ROUTE + "/cutover", switching("cutover", Route::cutover)),
        Endpoint.post(ROUTE + "/rollback", switching("rollback", Route::rollback)),
        Endpoint.post(ROUTE + "/finish", change("finish", (it, body) -> it.finish())));
  }

  private void routes(Context context) {
    answer(context, Map.of("routes", directory.routes().stream().map(Route::state).toList()));
  }

  private void sessions(Context context) throws ProblemException {
    answer(context, Map.of("sessions", directory.of(context).route().sessions()));
  }

  private void pause(Context context) throws ProblemException {
    Duration standard = directory.of(context).maxPause();
    change(
            "pause",
            List.of("deadlineMillis"),
            (route, body) -> route.pause(body.millis("deadlineMillis").orElse(standard)))
        .handleOrRefuse(context);
  }

  private ChangeHandler change(String action, Change change) {
    return change(action, List.of(), change);
  }

  private ChangeHandler change(String action, List<String> fields, Change change) {
    return context -> {
      Route route = directory.of(context).route();
      Body body = Body.read(context, fields);
      try {
        RouteState state = change.apply(route, body);
        audit(context, route, action, body, "done");
        answer(context, state);
      } catch (RefusedException refusal) {
        audit(context, route, action, body, "refused: " + refusal.getMessage());
        throw new ProblemException(Problem.refused(refusal));
      }
    };
  }

  private Handler switching(String action, SwitchCall call) {
    return context -> {
      RouteDirectory.Entry entry = directory.of(context);
      Body body = Body.read(context, List.of("maxPauseMillis"));
      Duration maxPause = body.millis("maxPauseMillis").orElse(entry.maxPause());
      try {
        SwitchReport report = call.apply(entry.route(), maxPause);
        audit(context, entry.route(), action, body, report.outcome());
        if (!report.outcome().equals("switched")) {
          throw new ProblemException(Problem.notSwitched(report));
        }
        answer(context, report);
      } catch (RefusedException refusal) {
        audit(context, entry.route(), action, body, "refused: " + refusal.getMessage());
        throw new ProblemException(Problem.refused(refusal));
      }
    };
  }

  private static void answer(Context context, Object value) {
    context.contentType("application/json").result(Json.text(value));
  }

  private static void audit(
      Context context, Route route, String action, Body body, String outcome) {
    AUDIT.info(
        "route={} action=\"{}\" body={} client={} outcome=\"{}\"",
        route.name(),
        action,
        body,
        context.ip(),
        outcome);
  }

  private interface Change {
    RouteState apply(Route route, Body body) throws RefusedException, ProblemException;
  }

  private interface SwitchCall {
    SwitchReport apply(Route route, Duration maxPause) throws RefusedException;
  }

  /** A handler whose only checked failure is a problem. */
  private interface ChangeHandler extends Handler {
    void handleOrRefuse(Context context) throws ProblemException;

    @Override
    default void handle(Context context) throws ProblemException {
      handleOrRefuse(context);
    }
  }
}
