package org.turnout.admin.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The JSON object of a request, read strictly: unknown fields and wrong types are refused. */
final class Body {
  private final JsonNode object;

  private Body(JsonNode object) {
    this.object = object;
  }

  /** Reads the body; an empty one is an object without fields. */
  static Body read(Context context, List<String> fields) throws ProblemException {
    String text = context.body();
    JsonNode object = parse(text.isBlank() ? "{}" : text);
    if (!object.isObject()) {
      throw invalid("The body must be a JSON object.");
    }
    for (String name : object.propertyStream().map(java.util.Map.Entry::getKey).toList()) {
      if (!fields.contains(name)) {
        throw invalid(
            "The field \""
                + name
                + "\" is not known; known here: "
                + (fields.isEmpty() ? "none" : String.join(", ", fields))
                + ".");
      }
    }
    return new Body(object);
  }

  private static JsonNode parse(String text) throws ProblemException {
    try {
      return Json.MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw invalid("The body is not JSON: " + e.getOriginalMessage());
    }
  }

  /** A number that must be there, between two limits, both included. */
  double number(String field, double least, double most) throws ProblemException {
    JsonNode value = object.path(field);
    if (!value.isNumber()) {
      throw invalid("The field \"" + field + "\" must be a number.");
    }
    if (!(value.doubleValue() >= least && value.doubleValue() <= most)) {
      throw invalid("The field \"" + field + "\" must be between " + least + " and " + most + ".");
    }
    return value.doubleValue();
  }

  /** A word that must be there. */
  String word(String field) throws ProblemException {
    JsonNode value = object.path(field);
    if (!value.isTextual()) {
      throw invalid("The field \"" + field + "\" must be text.");
    }
    return value.textValue();
  }

  /** A duration in milliseconds, if it is there. */
  Optional<Duration> millis(String field) throws ProblemException {
    if (object.path(field).isMissingNode() || object.path(field).isNull()) {
      return Optional.empty();
    }
    double millis = number(field, 1, Duration.ofHours(1).toMillis());
    return Optional.of(Duration.ofMillis(Math.round(millis)));
  }

  @Override
  public String toString() {
    return object.toString();
  }

  private static ProblemException invalid(String detail) {
    return new ProblemException(Problem.invalidRequest(detail));
  }
}
