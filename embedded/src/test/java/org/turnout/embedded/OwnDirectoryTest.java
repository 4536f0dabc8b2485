package org.turnout.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnDirectoryTest {
  private static final int SOMEBODY_ELSE = 65_533;

  @TempDir Path place;

  @Test
  void isMadeForItsUserAloneAndFoundAgain() throws IOException {
    Path directory = OwnDirectory.require(place.resolve("own"));

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
        .isEqualTo("rwx------");
    assertThat(OwnDirectory.require(directory)).isEqualTo(directory);
  }

  @Test
  void isNotTrustedWhenSomebodyElseMadeIt() throws IOException {
    Path directory = Files.createDirectory(place.resolve("theirs"));

    assertThatThrownBy(() -> OwnDirectory.require(directory, SOMEBODY_ELSE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(directory.toString());
  }

  @Test
  void isNotTrustedWhenOthersMayWriteToIt() throws IOException {
    Path directory = Files.createDirectory(place.resolve("open"));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwx---"));

    assertThatThrownBy(() -> OwnDirectory.require(directory)).isInstanceOf(IOException.class);
  }

  @Test
  void isNotTrustedWhenItLeadsElsewhere() throws IOException {
    Path target = Files.createDirectory(place.resolve("target"));
    Path link = Files.createSymbolicLink(place.resolve("link"), target);

    assertThatThrownBy(() -> OwnDirectory.require(link)).isInstanceOf(IOException.class);
  }
}
