package org.turnout.sync.side;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings as the server's own grammar takes them. */
class StandbyNamesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "*",
        "\"*\"",
        " FIRST 1 ( one , * )",
        "ANY 2(*)",
        "any 1 (one, two, Turnout)",
        "2 (one, turnout)",
        "one,\"turnout\""
      })
  void aListThatTurnoutMatchesIsKnown(String setting) {
    assertThat(StandbyNames.haveTurnout(setting)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "one",
        "FIRST 1 (one, two)",
        "ANY 1 (turnout_east, \"my turnout\")",
        "\"turnout, *\"",
        "\"a\"\"turnout\""
      })
  void aListOfOthersIsNot(String setting) {
    assertThat(StandbyNames.haveTurnout(setting)).isFalse();
  }
}
