package org.turnout.bench.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import org.turnout.admin.cli.CommandFailure;

/** One comparison of both sides by Turnout, waited for. */
final class Verifying {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final DemoRoute route;
  private final Screen screen;

  Verifying(DemoRoute route, Screen screen) {
    this.route = route;
    this.screen = screen;
  }

  /**
   * Runs it; the number of rows that were compared.
   *
   * @throws CommandFailure when it could not be completed or found a difference
   */
  long run() throws IOException, InterruptedException, CommandFailure {
    route.post("/verify");
    JsonNode state =
        route.await(
            "the verification ends",
            PATIENCE,
            this::show,
            now ->
                !now.path("verification").isNull()
                    && !now.path("verification").path("running").asBoolean());
    JsonNode verification = state.path("verification");
    if (!verification.path("error").isNull()) {
      throw route.failure(
          "The verification was not completed: " + verification.path("error").asText());
    }
    if (verification.path("differences").asLong() != 0) {
      throw route.failure("Turnout found differences: " + verification.path("result"));
    }
    return verification.path("rowsCompared").asLong();
  }

  private void show(JsonNode state) {
    JsonNode verification = state.path("verification");
    long total = Math.max(1, verification.path("rowsTotal").asLong());
    long compared = verification.path("rowsCompared").asLong();
    screen.progress(
        (double) compared / total,
        String.format(Locale.ROOT, "%,d of %,d rows compared", compared, total));
  }
}
