package org.turnout.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import org.turnout.config.HostPort;
import org.turnout.migration.Route.RefusedException;
import org.turnout.migration.SwitchReport;

/** What the API answers, over real HTTP. */
class AdminServerTest {
  private static final String SHOP = "/api/v1/routes/shop";

  private final FakeRoute shop = new FakeRoute("shop");
  private RunningAdmin admin;

  @BeforeEach
  void start() {
    admin = new RunningAdmin(Optional.empty(), shop, new FakeRoute("crm"));
  }

  @AfterEach
  void stop() {
    admin.close();
  }

  @Test
  void listsEveryRoute() throws Exception {
    assertThat(admin.call("GET", "/api/v1/routes", "").json().path("routes"))
        .extracting(route -> route.path("name").textValue())
        .containsExactly("shop", "crm");
  }

  @Test
  void showsARouteWithWordsAndMilliseconds() throws Exception {
    RunningAdmin.Answer answer = admin.call("GET", SHOP, "");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.type()).startsWith("application/json");
    assertThat(answer.json().path("reads").path("green").doubleValue()).isZero();
    assertThat(answer.json().path("sync").path("state").textValue()).isEqualTo("following");
    assertThat(answer.json().path("sync").path("lagMillis").longValue()).isEqualTo(8);
    assertThat(answer.json().path("sync").path("etaMillis").longValue()).isEqualTo(3000);
    assertThat(answer.json().path("sync").has("eta")).isFalse();
    assertThat(answer.json().path("verification").isNull()).isTrue();
    assertThat(answer.json().path("blockers").path(0).path("severity").textValue())
        .isEqualTo("blocker");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "PUT | reads | {\"green\": 12.5} | reads 12.5",
        "PUT | mirror | {\"mode\": \"log\"} | mirror log",
        "POST | pause | {\"deadlineMillis\": 300} | pause 300",
        "POST | pause | ~~ | pause 1234",
        "POST | resume | ~~ | resume",
        "POST | sync | ~~ | sync",
        "DELETE | sync | ~~ | stop sync",
        "POST | verify | ~~ | verify",
        "POST | finish | {} | finish",
      })
  void changesAnswerWithTheState(String method, String path, String body, String call)
      throws Exception {
    RunningAdmin.Answer answer = admin.call(method, SHOP + "/" + path, body);

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.json().path("name").textValue()).isEqualTo("shop");
    assertThat(shop.calls).containsExactly(call);
  }

  @ParameterizedTest
  @CsvSource({"cutover,cutover 800", "rollback,rollback 800"})
  void switchesAnswerWithTheReport(String path, String call) throws Exception {
    RunningAdmin.Answer answer = admin.call("POST", SHOP + "/" + path, "{\"maxPauseMillis\": 800}");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().path("outcome").textValue()).isEqualTo("switched");
    assertThat(answer.json().path("timeline").path(0).path("durationMicros").longValue())
        .isEqualTo(2400);
    assertThat(shop.calls).containsExactly(call);
  }

  @Test
  void aSwitchHoldsClientsNoLongerThanConfiguredWhereTheRequestDoesNotSay() throws Exception {
    admin.call("POST", SHOP + "/cutover", "");

    assertThat(shop.calls).containsExactly("cutover 1234");
  }

  @ParameterizedTest
  @CsvSource({"aborted,409", "in-doubt,503"})
  void aSwitchThatDidNotHappenIsAProblemWithTheReport(String outcome, int status) throws Exception {
    shop.report =
        new SwitchReport(
            "blue-to-green", outcome, 1, 2_000_000, List.of(), List.of(FakeRoute.LONG_TRANSACTION));

    RunningAdmin.Answer answer = admin.call("POST", SHOP + "/cutover", "");

    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.type()).startsWith("application/problem+json");
    assertThat(answer.json().path("type").textValue()).isEqualTo("urn:turnout:problem:" + outcome);
    assertThat(answer.json().path("report").path("outcome").textValue()).isEqualTo(outcome);
    assertThat(answer.json().path("findings").path(0).path("advice").textValue())
        .isEqualTo("End it, or raise maxPause.");
  }

  @Test
  void aRefusalNamesEachReasonWithItsAdvice() throws Exception {
    shop.refusal = new RefusedException("blue may not move", List.of(FakeRoute.LONG_TRANSACTION));

    RunningAdmin.Answer answer = admin.call("POST", SHOP + "/sync", "");

    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.json().path("type").textValue()).isEqualTo("urn:turnout:problem:refused");
    assertThat(answer.json().path("detail").textValue()).isEqualTo("blue may not move");
    assertThat(answer.json().path("findings").path(0).path("code").textValue())
        .isEqualTo("open-transaction");
    assertThat(answer.json().has("report")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "GET | /api/v1/routes/nope | ~~ | 404 | route-not-found",
        "GET | /api/v2 | ~~ | 404 | not-found",
        "POST | /api/v1/routes/shop/reads | {} | 405 | method-not-allowed",
        "PUT | /api/v1/routes/shop/reads | {} | 400 | invalid-request",
        "PUT | /api/v1/routes/shop/reads | {\"green\": 101} | 400 | invalid-request",
        "PUT | /api/v1/routes/shop/reads | {\"green\": \"5\"} | 400 | invalid-request",
        "PUT | /api/v1/routes/shop/reads | {\"green\": 5, \"blue\": 5} | 400 | invalid-request",
        "PUT | /api/v1/routes/shop/reads | {\"green\": | 400 | invalid-request",
        "POST | /api/v1/routes/shop/sync | [] | 400 | invalid-request",
        "POST | /api/v1/routes/shop/pause | {\"deadlineMillis\": 0} | 400 | invalid-request",
        "POST | /api/v1/routes/shop/cutover | {\"maxPause\": 1} | 400 | invalid-request",
      })
  void refusesWhatIsNotARequest(String method, String path, String body, int status, String type)
      throws Exception {
    RunningAdmin.Answer answer = admin.call(method, path, body);

    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(answer.type()).startsWith("application/problem+json");
    assertThat(answer.json().path("type").textValue()).isEqualTo("urn:turnout:problem:" + type);
    assertThat(shop.calls).isEmpty();
  }

  @Test
  void changesAreNotTakenFromWebPages() throws Exception {
    assertThat(admin.call("POST", SHOP + "/finish", "", "Origin", "http://evil.example").status())
        .isEqualTo(403);
    assertThat(
            admin
                .call("POST", SHOP + "/finish", "", "Origin", "http://" + admin.address())
                .status())
        .isEqualTo(200);
    assertThat(shop.calls).containsExactly("finish");
  }

  @Test
  void asksForTheTokenWhereOneIsConfigured() throws Exception {
    try (RunningAdmin guarded = new RunningAdmin(Optional.of("t0ken"), shop)) {
      assertThat(guarded.call("GET", SHOP, "").status()).isEqualTo(401);
      assertThat(guarded.call("POST", SHOP + "/finish", "").status()).isEqualTo(401);
      assertThat(guarded.call("GET", "/metrics", "").status()).isEqualTo(401);
      assertThat(guarded.call("GET", SHOP, "", "Authorization", "Bearer t0keN").status())
          .isEqualTo(401);
      assertThat(guarded.call("GET", SHOP, "", "Authorization", "Bearer t0ken").status())
          .isEqualTo(200);
      assertThat(guarded.call("GET", "/healthz", "").status()).isEqualTo(200);
      assertThat(shop.calls).isEmpty();
    }
  }

  @Test
  void showsSessions() throws Exception {
    assertThat(admin.call("GET", SHOP + "/sessions", "").json().path("sessions").path(0))
        .isEqualTo(
            new com.fasterxml.jackson.databind.ObjectMapper()
                .readTree(
                    """
                    {"id":7,"client":"10.0.0.9:4711","user":"app","database":"shop",
                     "application":"billing","state":"in transaction","side":"blue",
                     "atBoundary":false,"stateMillis":12}
                    """));
  }

  @Test
  void tellsTheStateAtOnceAndAtEveryChange() throws Exception {
    Iterator<String> lines =
        admin.lines(SHOP + "/events").filter(line -> line.startsWith("data:")).iterator();

    assertThat(lines.next()).contains("\"reads\":{\"green\":0.0}");
    shop.become(it -> FakeRoute.with(it, 50));
    assertThat(lines.next()).contains("\"reads\":{\"green\":50.0}");
  }

  @Test
  void isReadyWhenNothingIsMissing() throws Exception {
    assertThat(admin.call("GET", "/readyz", "").status()).isEqualTo(200);

    admin.missing.add("route shop: its listener does not accept");

    RunningAdmin.Answer answer = admin.call("GET", "/readyz", "");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.json().path("missing").path(0).textValue()).contains("listener");
  }

  @Test
  void offersMetricsOfEveryRoute() throws Exception {
    assertThat(admin.call("GET", "/metrics", "").text())
        .contains(
            "turnout_phase{phase=\"following\",route=\"shop\"} 1.0",
            "turnout_phase{phase=\"direct\",route=\"shop\"} 0.0",
            "turnout_primary{route=\"shop\",side=\"blue\"} 1.0",
            "turnout_gate{route=\"crm\",state=\"open\"} 1.0",
            "turnout_sync_state{route=\"shop\",state=\"following\"} 1.0",
            "turnout_sessions{route=\"shop\"} 3.0",
            "turnout_queries_total{route=\"shop\",side=\"green\"} 250.0",
            "turnout_read_waits_total{outcome=\"fresh\",route=\"shop\"} 40.0",
            "turnout_read_waits_total{outcome=\"expired\",route=\"shop\"} 2.0",
            "turnout_bytes_total{direction=\"in\",route=\"shop\"} 4321.0",
            "turnout_sync_freshness_age_seconds{route=\"shop\"} 0.008",
            "turnout_sync_changes_total{route=\"shop\"} 200.0",
            "turnout_verification_clean{route=\"shop\"} NaN",
            "jvm_memory_used_bytes");
  }

  /** What the audit log got meanwhile. */
  private static List<String> audited(Calls calls) throws Exception {
    ListAppender<ILoggingEvent> audit = new ListAppender<>();
    audit.start();
    Logger logger = (Logger) LoggerFactory.getLogger("org.turnout.audit");
    logger.addAppender(audit);
    try {
      calls.run();
    } finally {
      logger.detachAppender(audit);
    }
    return audit.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  private interface Calls {
    void run() throws Exception;
  }

  @Test
  void auditsWhatIsNotARequestWhatIsNotAllowedAndWhatFailsByADefect() throws Exception {
    List<String> lines =
        audited(
            () -> {
              admin.call("PUT", SHOP + "/reads", "{\"green\":\nroute=forged");
              admin.call("POST", "/api/v1/routes/no%0Ape/sync", "");
              admin.call("POST", SHOP + "/finish", "", "Origin", "http://evil.example");
              shop.bug = new IllegalStateException("no such row");
              assertThat(admin.call("POST", SHOP + "/verify", "").status()).isEqualTo(500);
            });

    assertThat(lines)
        .hasSize(4)
        .allSatisfy(line -> assertThat(line).doesNotContain("\n"))
        .satisfiesExactly(
            line ->
                assertThat(line).contains("\"reads\"", "outcome=\"refused: The body is not JSON"),
            line -> assertThat(line).contains("route=no pe", "refused: There is no route"),
            line -> assertThat(line).contains("\"finish\"", "refused: The request came from"),
            line -> assertThat(line).contains("\"verify\"", "failed: ", "no such row"));
    try (RunningAdmin guarded = new RunningAdmin(Optional.of("t0ken"), shop)) {
      assertThat(audited(() -> guarded.call("DELETE", SHOP + "/sync", "")))
          .singleElement()
          .asString()
          .contains("\"stop sync\"", "outcome=\"refused: Send the token");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "evil.example:7070, GET, 403",
    "evil.example:7070, POST, 403",
    "127.0.0.1.evil.example, GET, 403",
    "localhost.evil.example:7070, GET, 403",
    "localhost:7070, GET, 200",
    "LOCALHOST, POST, 200",
    "127.0.0.1:1, POST, 200",
    "[::1]:7070, GET, 200"
  })
  void aNameThatAPageCouldOwnIsNotAnsweredWithoutAToken(String host, String method, int status)
      throws Exception {
    String path = method.equals("GET") ? SHOP : SHOP + "/resume";

    assertThat(admin.statusFor(method, path, "Host: " + host, "Origin: http://" + host))
        .isEqualTo(status);
  }

  @Test
  void anyNameIsAnsweredToWhoHasTheToken() throws Exception {
    try (RunningAdmin guarded = new RunningAdmin(Optional.of("t0ken"), shop)) {
      assertThat(
              guarded.statusFor("GET", SHOP, "Host: turnout:7070", "Authorization: Bearer t0ken"))
          .isEqualTo(200);
    }
  }

  @Test
  void aChangeThatFailedHalfWayIsNotCalledUnchanged() throws Exception {
    shop.refusal = RefusedException.inPart("blue went away", List.of(FakeRoute.LONG_TRANSACTION));

    RunningAdmin.Answer answer = admin.call("DELETE", SHOP + "/sync", "");

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.json().path("type").textValue()).isEqualTo("urn:turnout:problem:incomplete");
    assertThat(answer.json().path("title").textValue()).contains("repeat it");
  }

  @Test
  void auditsEveryChangeAndItsOutcome() throws Exception {
    assertThat(
            audited(
                () -> {
                  admin.call("PUT", SHOP + "/reads", "{\"green\": 10}");
                  shop.refusal = new RefusedException("not now", List.of());
                  admin.call("POST", SHOP + "/cutover", "");
                }))
        .containsExactly(
            "route=shop action=\"reads\" body={\"green\":10} client=127.0.0.1 outcome=\"done\"",
            "route=shop action=\"cutover\" body={} client=127.0.0.1 outcome=\"refused: not now\"");
  }

  @Test
  void saysWhichAddressCannotBeListenedOn() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      HostPort address = new HostPort("127.0.0.1", taken.getLocalPort());

      assertThatThrownBy(() -> AdminServer.listen(address))
          .isInstanceOf(AdminServer.StartException.class)
          .hasMessage(
              "the admin API cannot listen on 127.0.0.1:"
                  + taken.getLocalPort()
                  + ": Address already in use");
    }
  }

  @Test
  void saysThatTheHostToListenOnIsNotKnown() {
    assertThatThrownBy(() -> AdminServer.listen(new HostPort("nowhere.invalid", 7070)))
        .isInstanceOf(AdminServer.StartException.class)
        .hasMessage("the admin API cannot listen on nowhere.invalid:7070: there is no such host");
  }
}
