package org.turnout.protocol.postgres.authentication;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SaslPrepTest {
  /** The examples of RFC 4013 section 3, with PostgreSQL's rule that a refused text stays. */
  @ParameterizedTest
  @CsvSource({
    "'I\u00adX', 'IX'",
    "'user', 'user'",
    "'USER', 'USER'",
    "'\u00aa', 'a'",
    "'\u2168', 'IX'",
    "'\u0007', '\u0007'",
    "'\u0627\u0031', '\u0627\u0031'",
    "'\u0627\u0628', '\u0627\u0628'",
    "'a\u00a0b', 'a b'",
    "'a\u200bb', 'ab'",
    "'\u00ad', '\u00ad'",
    "'\u0627a\u0627', '\u0627a\u0627'",
    "'\u2168\u0221', '\u2168\u0221'",
    "'\u2168\ue000', '\u2168\ue000'",
    "'e\u0301', '\u00e9'",
    "'\ud835\udc00', 'A'"
  })
  void preparesAsServersDo(String password, String prepared) {
    assertThat(SaslPrep.prepare(password)).isEqualTo(prepared);
  }
}
