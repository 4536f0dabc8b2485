package org.turnout.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.config.RouteName;
import org.turnout.config.Side;
import org.turnout.sync.Epoch;
import org.turnout.sync.Standing;

class StateFileTest {
  @TempDir Path temporary;
  private Path directory;
  private StateFile file;

  @BeforeEach
  void make() {
    directory = temporary.resolve("state");
    file = new StateFile(directory, new RouteName("shop"));
  }

  @Test
  void routeThatNeverWroteHasNone() throws IOException {
    assertThat(file.read()).isEmpty();
  }

  @Test
  void readsWhatWasWrittenLast() throws IOException {
    RouteMemory memory =
        new RouteMemory(
            new Standing(new Epoch(3), Side.GREEN), true, true, 12.5, true, false, false);
    file.write(RouteMemory.DIRECT);
    file.write(memory);

    assertThat(file.read()).contains(memory);
    assertThat(directory).isDirectoryContaining(path -> path.endsWith("shop.json"));
    assertThat(Files.list(directory)).hasSize(1);
  }

  @Test
  void writeThatWasCutOffChangesNothing() throws IOException {
    file.write(RouteMemory.DIRECT.wantingSync());
    Files.writeString(directory.resolve("shop.json.new"), "{\"version\"");

    assertThat(file.read()).contains(RouteMemory.DIRECT.wantingSync());
    file.write(RouteMemory.DIRECT);
    assertThat(file.read()).contains(RouteMemory.DIRECT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{}", "null", "{\"version\": 1, \"phase\": \"direct\"}"})
  void refusesWhatItCannotUnderstandByName(String text) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(file.path(), text);

    assertThatThrownBy(file::read)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.path().toString());
  }

  @Test
  void refusesAnUnknownVersion() throws IOException {
    file.write(RouteMemory.DIRECT);
    String later = Files.readString(file.path()).replace("\"version\" : 1", "\"version\" : 2");
    Files.writeString(file.path(), later);

    assertThatThrownBy(file::read).isInstanceOf(IOException.class);
  }
}
