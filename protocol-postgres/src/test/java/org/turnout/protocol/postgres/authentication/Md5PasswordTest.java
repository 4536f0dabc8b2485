package org.turnout.protocol.postgres.authentication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class Md5PasswordTest {
  @Test
  void theVerifierIsTheOneThatServersStore() {
    // SELECT 'md5' || md5('secret' || 'ann')
    assertThat(Md5Password.verifier("ann", "secret"))
        .isEqualTo("md59d792a3a8853c2411afb9163d088c036");
  }

  @Test
  void theAnswerNeedsTheVerifierOnly() {
    String verifier = Md5Password.verifier("ann", "secret");
    String answer = Md5Password.answer(verifier, 0x01020304);

    // SELECT 'md5' || md5((md5('secretann') || '\x01020304')::bytea)
    assertThat(answer).isEqualTo("md59009ce60b9ca97f1e752376843d1309e");
    assertThat(Md5Password.isAnswer(verifier, 0x01020304, answer)).isTrue();
    assertThat(Md5Password.isAnswer(verifier, 0x01020305, answer)).isFalse();
    assertThat(Md5Password.isAnswer(verifier, 0x01020304, "")).isFalse();
  }

  @Test
  void onlyMd5VerifiersAreTaken() {
    assertThat(Md5Password.isVerifier("md5" + "0".repeat(32))).isTrue();
    assertThat(Md5Password.isVerifier("md5" + "g".repeat(32))).isFalse();
    assertThat(Md5Password.isVerifier("SCRAM-SHA-256$4096:x$y:z")).isFalse();
    assertThatThrownBy(() -> Md5Password.answer("secret", 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
