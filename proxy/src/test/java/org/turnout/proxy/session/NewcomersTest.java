package org.turnout.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who does not say who they are does not keep others out. */
class NewcomersTest {
  private final Newcomers newcomers = new Newcomers(2);
  private final List<String> gone = new ArrayList<>();

  private Newcomers.Newcomer come(String name) {
    Newcomers.Newcomer one = () -> gone.add(name);
    newcomers.came(one);
    return one;
  }

  @Test
  void theOneThatHasWaitedLongestGivesWay() {
    come("first");
    come("second");
    assertThat(gone).isEmpty();
    come("third");
    assertThat(gone).containsExactly("first");
    come("fourth");

    assertThat(gone).containsExactly("first", "second");
  }

  @Test
  void whoHasProvedWhoTheyAreIsNotAsked() {
    newcomers.went(come("first"));
    Newcomers.Newcomer second = come("second");
    come("third");
    newcomers.went(second);
    come("fourth");

    assertThat(gone).isEmpty();
  }

  @Test
  void whoGaveWayMayGo() {
    Newcomers.Newcomer first = come("first");
    come("second");
    come("third");
    newcomers.went(first);
    come("fourth");

    assertThat(gone).containsExactly("first", "second");
  }

  @Test
  void aPartOfTheFilesOfTheProcessIsForThem() {
    assertThat(Newcomers.most(1)).isBetween(1, 10_000);
    assertThat(Newcomers.most(4)).isLessThanOrEqualTo(Newcomers.most(1) / 4 + 1);
  }
}
