package org.turnout.proxy.program;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.Epoll;
import io.netty.util.concurrent.EventExecutor;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in at the door, and what makes a Turnout end. */
class TakeoverDoorTest {
  @TempDir Path state;

  private final LinkedBlockingQueue<String> taken = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<Deadline> deadlines = new LinkedBlockingQueue<>();
  private TakeoverDoor door;

  /** What happens when somebody's time is over; the test says when that is. */
  private record Deadline(EventExecutor thread, FutureTask<?> late) {
    void pass() throws InterruptedException {
      thread.submit(late).sync();
    }
  }

  @BeforeEach
  void start() {
    assumeTrue(Epoll.isAvailable());
    door = new TakeoverDoor(List.of(), () -> taken.add("taken"), this::deadline);
  }

  @AfterEach
  void stop() throws Exception {
    door.close();
  }

  private Future<?> deadline(EventExecutor thread, Runnable late) {
    FutureTask<?> task = new FutureTask<>(late, null);
    deadlines.add(new Deadline(thread, task));
    return task;
  }

  @Test
  void isForItsOwnerAlone() throws Exception {
    door.open(state);

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(TakeoverDoor.in(state))))
        .isEqualTo("rw-------");
    assertThat(state).isDirectoryContaining("glob:**/takeover");
    assertThat(state).isDirectoryNotContaining("glob:**/*.new");
  }

  @Test
  void staysShutWhereItCannotBeInItsPlace() throws Exception {
    Files.createDirectory(TakeoverDoor.in(state));
    Files.writeString(TakeoverDoor.in(state).resolve("in the way"), "");

    door.open(state);

    assertThat(state).isDirectoryNotContaining("glob:**/*.new");
  }

  @Test
  void replacesWhatADeadProcessHasLeft() throws Exception {
    TakeoverDoor dead = new TakeoverDoor(List.of(), () -> {});
    dead.open(state);
    dead.close();
    assertThat(TakeoverDoor.in(state)).exists();

    door.open(state);

    try (Visitor successor = new Visitor()) {
      assertThat(successor.hear()).isEqualTo(TakeoverDoor.GREETING);
    }
  }

  @Test
  void whoWasSentNothingHasNothing() throws Exception {
    door.open(state);
    try (Visitor visitor = new Visitor()) {
      visitor.say(TakeoverDoor.HAVE);
      visitor.untilEnd();
    }
    assertThat(taken).isEmpty();
  }

  @Test
  void oneAtATimeIsLetIn() throws Exception {
    door.open(state);
    try (Visitor first = new Visitor()) {
      assertThat(first.hear()).isEqualTo(TakeoverDoor.GREETING);
      try (Visitor second = new Visitor()) {
        assertThat(second.hear()).isEqualTo(TakeoverDoor.BUSY);
        second.untilEnd();
      }
      first.say(TakeoverDoor.SEND, TakeoverDoor.HAVE);
      assertThat(taken.poll(30, TimeUnit.SECONDS)).isEqualTo("taken");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", TakeoverDoor.SEND})
  void whoDoesNotTakeOverHasToLeave(String words) throws Exception {
    door.open(state);
    try (Visitor idler = nextLetIn()) {
      idler.say(words.lines().toArray(String[]::new));
      deadlines.take().pass();
      idler.untilEnd();
      nextLetIn().close();
    }
    assertThat(taken).isEmpty();
  }

  @Test
  void whoHasTakenOverMayStayUntilTheDoorCloses() throws Exception {
    door.open(state);
    try (Visitor successor = nextLetIn()) {
      successor.say(TakeoverDoor.SEND, TakeoverDoor.HAVE);
      assertThat(taken.poll(30, TimeUnit.SECONDS)).isEqualTo("taken");
      deadlines.take().pass();
      try (Visitor idler = new Visitor()) {
        assertThat(idler.hear()).isEqualTo(TakeoverDoor.BUSY);
      }
      door.close();
      successor.untilEnd();
    }
  }

  @Test
  void aSuccessorGivesUpWellBeforeItHasToLeave() {
    assertThat(TakeoverDoor.PATIENCE).isGreaterThanOrEqualTo(Takeover.ANSWER.multipliedBy(2));
  }

  @Test
  void whoComesAfterOneThatHasDiedDoesNotEndItAgain() throws Exception {
    door.open(state);
    for (int i = 0; i < 2; i++) {
      try (Visitor successor = nextLetIn()) {
        successor.say(TakeoverDoor.SEND, TakeoverDoor.HAVE, "bye");
        successor.untilEnd();
      }
    }
    assertThat(taken).containsExactly("taken");
  }

  /** The door may not have noticed yet that the one before is gone. */
  private Visitor nextLetIn() throws IOException {
    Visitor visitor = new Visitor();
    while (!TakeoverDoor.GREETING.equals(visitor.hear())) {
      visitor.close();
      visitor = new Visitor();
    }
    return visitor;
  }

  /** One that comes to the door. */
  private final class Visitor implements AutoCloseable {
    private final SocketChannel channel =
        SocketChannel.open(UnixDomainSocketAddress.of(TakeoverDoor.in(state)));
    private final BufferedReader words =
        new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));

    Visitor() throws IOException {}

    String hear() throws IOException {
      return words.readLine();
    }

    void untilEnd() throws IOException {
      try {
        while (words.readLine() != null) {
          // What is said until then is not of interest here.
        }
      } catch (IOException reset) {
        // That is the end too, of one whose last words nobody has read.
      }
    }

    void say(String... lines) throws IOException {
      for (String line : lines) {
        channel.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
