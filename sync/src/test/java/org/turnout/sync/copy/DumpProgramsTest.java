package org.turnout.sync.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which {@code pg_dump} is taken of those that a machine has. */
class DumpProgramsTest {
  @TempDir Path machine;

  @Test
  void onAMachineWithoutAnyThereIsNone() throws Exception {
    DumpPrograms none =
        new DumpPrograms(List.of(machine, machine.resolve("absent")), List.of(machine));

    assertThat(none.find(14, 18)).isEmpty();
  }

  @Test
  void oneThatIsOlderThanTheSourceIsLeftOut() throws Exception {
    DumpPrograms old = StandInDump.write(machine, 13).alone();

    assertThat(old.find(14, 18)).isEmpty();
    assertThat(old.find(13, 18)).map(PgDump::major).contains(13);
  }

  @Test
  void theNewestThatTheTargetUnderstandsIsPreferred() throws Exception {
    for (int major : new int[] {13, 14, 16, 18}) {
      StandInDump.write(machine, major);
    }
    DumpPrograms programs = new DumpPrograms(List.of(), List.of(machine));

    assertThat(programs.find(14, 16)).map(PgDump::major).contains(16);
    assertThat(programs.find(14, 17)).map(PgDump::major).contains(16);
  }

  @Test
  void oneThatIsNewerThanTheTargetIsTakenWhereThereIsNoOther() throws Exception {
    StandInDump.write(machine, 17);
    StandInDump.write(machine, 18);

    assertThat(new DumpPrograms(List.of(), List.of(machine)).find(14, 14))
        .map(PgDump::major)
        .contains(17);
  }

  @Test
  void programThatFailsOrSaysSomethingElseIsLeftOut() throws Exception {
    StandInDump wrapper =
        StandInDump.write(machine, 15)
            .program("echo 'Error: You must install at least one postgresql-client' >&2; exit 1");
    StandInDump other = StandInDump.write(machine, 16).program("echo 'pg_dump of another house'");

    assertThat(wrapper.alone().find(14, 18)).isEmpty();
    assertThat(other.alone().find(14, 18)).isEmpty();
  }

  @Test
  void programThatCannotRunDoesNotHideTheNextOne() throws Exception {
    StandInDump broken = StandInDump.write(machine, 16);
    Files.writeString(broken.path(), "#!/nowhere/at/all\n");
    StandInDump.write(machine, 15);

    Optional<PgDump> found = new DumpPrograms(List.of(), List.of(machine)).find(14, 18);

    assertThat(found).map(PgDump::major).contains(15);
  }
}
