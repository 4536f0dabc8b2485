package org.turnout.proxy.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.turnout.admin.cli.CommandFailure;

/** What outlives the process. */
class StateDirectoryTest {
  @TempDir Path directory;

  @Test
  void theSecretStaysTheSameAndIsTheOwnersAlone() throws Exception {
    byte[] first = secret(directory);

    assertThat(secret(directory)).hasSize(32).isEqualTo(first);
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(directory.resolve("secret"))))
        .isEqualTo("rw-------");
    assertThat(secret(directory.resolve("other"))).isNotEqualTo(first);
  }

  @Test
  void aSecretThatWasChangedIsRefusedWithWhatToDo() throws Exception {
    Path file = Files.writeString(directory.resolve("secret"), "mine");

    assertThatThrownBy(() -> secret(directory))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining(file + " does not hold what Turnout has written there");
  }

  @Test
  void isUsedByOneAtATime() throws Exception {
    try (StateDirectory one = StateDirectory.take(directory)) {
      assertThat(one.secret()).isNotEmpty();
      assertThat(StateDirectory.tryToTake(directory)).isEmpty();
      assertThatThrownBy(() -> StateDirectory.take(directory))
          .isInstanceOf(CommandFailure.class)
          .hasMessageContaining("another Turnout uses the state directory");
    }
    StateDirectory.take(directory).close();
  }

  private static byte[] secret(Path directory) throws Exception {
    try (StateDirectory state = StateDirectory.take(directory)) {
      return state.secret();
    }
  }
}
