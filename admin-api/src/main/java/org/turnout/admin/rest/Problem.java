package org.turnout.admin.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;
import org.turnout.migration.Route.RefusedException;
import org.turnout.migration.SwitchReport;
import org.turnout.sync.Finding;

/**
 * A problem document (RFC 9457), the body of every answer that is not a success.
 *
 * @param type stable name for machines, {@code urn:turnout:problem:…}
 * @param title what kind of problem, the same for each of the type
 * @param detail what happened this time, a sentence
 * @param findings each reason by name with its advice
 * @param report of a cutover or rollback that did not switch
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
record Problem(
    String type,
    String title,
    int status,
    String detail,
    List<Finding> findings,
    Optional<SwitchReport> report) {

  static final String MEDIA_TYPE = "application/problem+json";

  private static Problem of(String name, String title, int status, String detail) {
    return new Problem(
        "urn:turnout:problem:" + name, title, status, detail, List.of(), Optional.empty());
  }

  static Problem invalidRequest(String detail) {
    return of("invalid-request", "The request is not valid", 400, detail);
  }

  static Problem unauthorized() {
    return of(
        "unauthorized",
        "The bearer token is missing or wrong",
        401,
        "Send the token of the configuration as `Authorization: Bearer …`.");
  }

  static Problem crossOrigin() {
    return of(
        "cross-origin",
        "Changes are not taken from web pages",
        403,
        "The request came from a page of another origin.");
  }

  static Problem foreignHost() {
    return of(
        "foreign-host",
        "The request names a host that is not this machine",
        403,
        "Without a token only requests to localhost or to an IP address are answered.");
  }

  static Problem routeNotFound(String route, List<String> known) {
    return of(
        "route-not-found",
        "There is no such route",
        404,
        "There is no route \"" + route + "\"; the routes are: " + String.join(", ", known) + ".");
  }

  static Problem http(int status, String detail) {
    return switch (status) {
      case 404 -> of("not-found", "There is no such resource", 404, detail);
      case 405 -> of("method-not-allowed", "The resource has no such method", 405, detail);
      case 413 -> of("too-large", "The request is too large", 413, detail);
      default -> of("http", "The request was refused", status, detail);
    };
  }

  static Problem internal() {
    return of(
        "internal",
        "Turnout has a defect",
        500,
        "The request failed for a reason that should not be; the log of Turnout has the details.");
  }

  static Problem refused(RefusedException refusal) {
    return new Problem(
        "urn:turnout:problem:" + (refusal.inPart() ? "incomplete" : "refused"),
        refusal.inPart()
            ? "The operation failed when a part of it was done; repeat it"
            : "The operation may not be done now; nothing was changed",
        refusal.inPart() ? 503 : 409,
        String.valueOf(refusal.getMessage()),
        refusal.reasons(),
        Optional.empty());
  }

  /** For a report whose outcome is not {@code switched}. */
  static Problem notSwitched(SwitchReport report) {
    boolean aborted = report.outcome().equals("aborted");
    return new Problem(
        "urn:turnout:problem:" + report.outcome(),
        aborted
            ? "The change of primary was aborted; the old primary serves"
            : "It is not known yet whether the primary changed",
        aborted ? 409 : 503,
        aborted
            ? "Nothing was changed; clients were held for " + report.pauseMicros() / 1000 + " ms."
            : "The new primary did not answer; the route stays paused until it does.",
        report.reasons(),
        Optional.of(report));
  }
}
