package org.turnout.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.turnout.embedded.PostgresDatabase;
import org.turnout.embedded.SharedPostgres;

/** The load generator against a real server. */
class SessionPoolTest {
  private static PostgresDatabase database;
  private static Generator generator;
  private static Login login;

  @BeforeAll
  static void start() {
    database = SharedPostgres.database(14);
    Operations.SCHEMA.forEach(database::execute);
    Operations.ROWS.forEach(database::execute);
    generator = new Generator();
    login = new Login("postgres", database.name(), null);
  }

  @AfterAll
  static void stop() {
    generator.close();
    database.close();
  }

  static List<Operation> operations() {
    return List.of(
        Operations.simple(),
        Operations.extended(),
        Operations.prepared(),
        Operations.readWrite(),
        Operations.pipeline(),
        Operations.largeRow(),
        Operations.copyOut(),
        Operations.copyIn(),
        Operations.longCopy(1 << 20));
  }

  private static InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), database.server().port());
  }

  @ParameterizedTest
  @MethodSource("operations")
  void everyOperationGetsTheAnswerThatItExpects(Operation operation) throws Exception {
    try (SessionPool pool = generator.open(address(), login, operation, 2)) {
      Sample sample = pool.closedLoop(Duration.ZERO);

      assertThat(sample.operations()).isEqualTo(2);
      assertThat(sample.latencies().getTotalCount()).isEqualTo(2);
      pool.end();
    }
  }

  @Test
  void aClientConnectsAsksAndLeaves() throws Exception {
    Sample sample = new ConnectLoop(generator, address(), login, Duration.ZERO).run(3);

    assertThat(sample.operations()).isEqualTo(3);
  }

  @Test
  void anErrorOfTheServerFailsTheLoad() throws Exception {
    Operation wrong =
        new Operation(List.of(List.of(Requests.simple("SELECT 1/0", 1))), List.of(), 1);
    try (SessionPool pool = generator.open(address(), login, wrong, 1)) {
      assertThatThrownBy(() -> pool.closedLoop(Duration.ZERO))
          .isInstanceOf(LoadException.class)
          .hasMessageContaining("division by zero");
    }
  }

  @Test
  void aMissingRowFailsTheLoad() throws Exception {
    Operation missing =
        new Operation(List.of(List.of(Requests.simple("SELECT 1 LIMIT 0", 1))), List.of(), 1);
    try (SessionPool pool = generator.open(address(), login, missing, 1)) {
      assertThatThrownBy(() -> pool.closedLoop(Duration.ZERO))
          .isInstanceOf(LoadException.class)
          .hasMessageContaining("0 rows of 1 commands");
    }
  }

  @Test
  void nobodyThereIsSaid() {
    InetSocketAddress nobody = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

    assertThatThrownBy(() -> generator.open(nobody, login, Operations.simple(), 1))
        .isInstanceOf(LoadException.class)
        .hasMessageContaining("no connection");
  }

  @Test
  void waitingForAFreeSessionCountsWhereOperationsAreDue() throws Exception {
    Operation slow =
        new Operation(List.of(List.of(Requests.simple("SELECT pg_sleep(0.05)", 1))), List.of(), 1);
    try (SessionPool pool = generator.open(address(), login, slow, 1)) {
      Sample sample = pool.openLoop(100, Duration.ofMillis(100));

      // Ten are due within 100 ms, one after the other takes 500: the last one waits for the rest.
      assertThat(sample.operations()).isEqualTo(10);
      assertThat(sample.latencies().getMaxValue()).isGreaterThan(400_000_000L);
    }
  }

  @Test
  void theStandInHoldsIdleSessionsAndLeadsOthersToTheServer() throws Exception {
    Login idle = new Login(StandIn.USER, database.name(), null);
    try (StandIn server = new StandIn(generator, address());
        SessionPool waiting = generator.open(server.address(), idle, Operations.nothing(), 20);
        SessionPool led = generator.open(server.address(), login, Operations.simple(), 1)) {
      assertThat(waiting.size()).isEqualTo(20);
      assertThat(led.closedLoop(Duration.ZERO).operations()).isEqualTo(1);
      waiting.end();
      led.end();
    }
  }
}
