package org.turnout.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LoadTest {
  private static Load load(String name) {
    return Load.ALL.stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void everyLoadHasANameOfItsOwnThatSaysItsClients() {
    assertThat(Load.ALL).extracting(Load::name).doesNotHaveDuplicates();
    assertThat(Load.ALL).allMatch(each -> each.name().endsWith("-" + each.clients()));
  }

  @Test
  void theLoadsOverTlsAreNamedSoAndAreOtherwiseThoseInPlainText() {
    List<Load> encrypted = Load.ALL.stream().filter(Load::tls).toList();

    assertThat(encrypted)
        .extracting(Load::name)
        .containsExactly("tls-prepared-1", "tls-prepared-16", "tls-connect-4");
    for (Load each : encrypted) {
      Load plain = load(each.name().substring("tls-".length()));
      assertThat(plain.tls()).isFalse();
      assertThat(each.isSelect()).isEqualTo(plain.isSelect());
      assertThat(each.connects()).isEqualTo(plain.connects());
      assertThat(PgBench.script(each)).isEqualTo(PgBench.script(plain)).isPresent();
    }
  }

  @Test
  void theQuickRunHasOneLoadOverTls() {
    assertThat(Plan.quick().loads()).filteredOn(Load::tls).hasSize(1);
  }

  @Test
  void besidesOtherWorkOnlyPointSelectsAreMeasured() {
    Plan plan = Plan.full().during();

    assertThat(plan.loads()).isNotEmpty().allMatch(Load::isSelect);
    assertThat(plan.idleSessions()).isZero();
  }
}
