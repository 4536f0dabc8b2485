package org.turnout.admin.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.turnout.admin.FakeRoute;

/** Keeps the description of the API true. */
class OpenApiTest {
  private static final Set<String> NOT_METHODS = Set.of("parameters");

  @Test
  void describesEveryCallAndNoOther() throws Exception {
    Set<String> described = new TreeSet<>();
    for (Map.Entry<String, JsonNode> path : description().path("paths").properties()) {
      for (Map.Entry<String, JsonNode> method : path.getValue().properties()) {
        if (!NOT_METHODS.contains(method.getKey())) {
          described.add(method.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey());
        }
      }
    }
    Set<String> registered = new TreeSet<>();
    RestApi api = new RestApi(new RouteDirectory(Map.of()), Optional.empty(), List::of, () -> "");
    api.endpoints().forEach(it -> registered.add(it.method().name() + " " + it.path()));

    assertThat(described).isEqualTo(registered);
  }

  @Test
  void describesEveryFieldOfARouteState() throws Exception {
    JsonNode state = Json.MAPPER.readTree(Json.text(new FakeRoute("shop").state()));

    assertThat(fields(state)).isEqualTo(properties("RouteState"));
    assertThat(fields(state.path("sync"))).isEqualTo(properties("SyncStatus"));
    assertThat(fields(state.path("blockers").path(0))).isEqualTo(properties("Finding"));
    assertThat(fields(Json.MAPPER.readTree(Json.text(FakeRoute.SWITCHED))))
        .isEqualTo(properties("SwitchReport"));
  }

  @Test
  void everyReferenceLeadsSomewhere() throws Exception {
    JsonNode description = description();
    List<String> references = new ArrayList<>();
    description.findValues("$ref").forEach(it -> references.add(it.textValue()));

    assertThat(references)
        .isNotEmpty()
        .allSatisfy(
            reference -> assertThat(description.at(reference.substring(1)).isObject()).isTrue());
  }

  private static Set<String> properties(String schema) throws Exception {
    return fields(description().path("components").path("schemas").path(schema).path("properties"));
  }

  private static Set<String> fields(JsonNode object) {
    Set<String> names = new TreeSet<>();
    object.properties().forEach(it -> names.add(it.getKey()));
    return names;
  }

  private static JsonNode description() throws Exception {
    return new ObjectMapper().readTree(RestApi.class.getResourceAsStream("openapi.json"));
  }
}
