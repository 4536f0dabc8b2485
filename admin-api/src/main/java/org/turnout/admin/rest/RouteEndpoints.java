package org.turnout.admin.rest;

import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.turnout.migration.Route;
import org.turnout.migration.Route.RefusedException;
import org.turnout.migration.RouteState;
import org.turnout.migration.SwitchReport;

/** What an operator can ask of and do to a route. Handlers block on the server's own threads. */
final class RouteEndpoints {
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
            "reads",
            change(List.of("green"), (it, body) -> it.reads(body.number("green", 0, 100)))),
        Endpoint.put(
            ROUTE + "/mirror",
            "mirror",
            change(List.of("mode"), (it, body) -> it.mirror(body.word("mode")))),
        Endpoint.post(ROUTE + "/pause", "pause", this::pause),
        Endpoint.post(ROUTE + "/resume", "resume", change((it, body) -> it.resume())),
        Endpoint.post(ROUTE + "/sync", "sync", change((it, body) -> it.startSync())),
        Endpoint.delete(ROUTE + "/sync", "stop sync", change((it, body) -> it.stopSync())),
        Endpoint.post(ROUTE + "/verify", "verify", change((it, body) -> it.verify())),
        Endpoint.post(ROUTE + "/cutover", "cutover", switching(Route::cutover)),
        Endpoint.post(ROUTE + "/rollback", "rollback", switching(Route::rollback)),
        Endpoint.post(ROUTE + "/finish", "finish", change((it, body) -> it.finish())));
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
            List.of("deadlineMillis"),
            (route, body) -> route.pause(body.millis("deadlineMillis").orElse(standard)))
        .handleOrRefuse(context);
  }

  private ChangeHandler change(Change change) {
    return change(List.of(), change);
  }

  private ChangeHandler change(List<String> fields, Change change) {
    return context -> {
      Route route = directory.of(context).route();
      Body body = Body.read(context, fields);
      try {
        answer(context, change.apply(route, body));
      } catch (RefusedException refusal) {
        throw new ProblemException(Problem.refused(refusal));
      }
    };
  }

  private Handler switching(SwitchCall call) {
    return context -> {
      RouteDirectory.Entry entry = directory.of(context);
      Body body = Body.read(context, List.of("maxPauseMillis"));
      Duration maxPause = body.millis("maxPauseMillis").orElse(entry.maxPause());
      try {
        SwitchReport report = call.apply(entry.route(), maxPause);
        if (!report.outcome().equals("switched")) {
          throw new ProblemException(Problem.notSwitched(report));
        }
        Audit.outcome(context, report.outcome());
        answer(context, report);
      } catch (RefusedException refusal) {
        throw new ProblemException(Problem.refused(refusal));
      }
    };
  }

  private static void answer(Context context, Object value) {
    context.contentType("application/json").result(Json.text(value));
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
