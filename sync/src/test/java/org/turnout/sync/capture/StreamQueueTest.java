package org.turnout.sync.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.turnout.protocol.postgres.replication.Lsn;
import org.turnout.protocol.postgres.replication.PgOutputMessage;
import org.turnout.sync.SyncException;

class StreamQueueTest {
  private final StreamQueue queue = new StreamQueue(100);

  private static StreamItem message(int number, long size) {
    return new StreamItem.Message(
        new PgOutputMessage.Type(number, "public", "type" + number), size);
  }

  private static StreamItem position(long value) {
    return new StreamItem.Position(new Lsn(value));
  }

  private boolean offer(StreamItem item) throws InterruptedException {
    return queue.offer(item, 0, TimeUnit.MILLISECONDS);
  }

  private StreamItem take() throws Exception {
    StreamItem item = queue.peek();
    queue.remove(item);
    return item;
  }

  @Test
  void takesAPieceOfAnySizeAndThenNoMore() throws Exception {
    assertThat(offer(message(1, 1000))).isTrue();
    assertThat(offer(message(2, 1))).isFalse();
    assertThat(take()).isEqualTo(message(1, 1000));
    assertThat(offer(message(2, 1))).isTrue();
    assertThat(take()).isEqualTo(message(2, 1));
  }

  @Test
  void aPositionReplacesTheOneBeforeIt() throws Exception {
    offer(position(1));
    offer(position(2));

    assertThat(take()).isEqualTo(position(2));
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void aPositionThatIsAskedForStaysSoWhenALaterOneReplacesIt() throws Exception {
    offer(new StreamItem.Position(new Lsn(1), true));
    offer(position(2));

    assertThat(take()).isEqualTo(new StreamItem.Position(new Lsn(2), true));
    offer(position(3));
    assertThat(take()).isEqualTo(position(3));
  }

  @Test
  void aPositionThatComesWhileOneIsLookedAtIsNotLost() throws Exception {
    offer(position(1));
    StreamItem seen = queue.peek();
    offer(position(2));
    queue.remove(seen);

    assertThat(take()).isEqualTo(position(2));
  }

  @Test
  void aNudgeEndsTheWaitOfAnIdleReader() throws Exception {
    queue.nudge();

    assertThat(queue.peek()).isNull();
    offer(message(1, 1));
    assertThat(queue.peek()).isNotNull();
  }

  @Test
  void theFailureComesBehindThePieces() throws Exception {
    offer(message(1, 1));
    queue.fail(new SyncException("gone"));
    queue.fail(new SyncException("again"));

    assertThat(take()).isEqualTo(message(1, 1));
    assertThatThrownBy(queue::peek).isInstanceOf(SyncException.class).hasMessage("gone");
  }

  @Test
  void aSearchOfAFullQueueEndsUndecided() throws Exception {
    offer(message(1, 100));

    assertThat(queue.search(item -> StreamQueue.Search.UNDECIDED))
        .isEqualTo(StreamQueue.Search.UNDECIDED);
    assertThat(queue.search(item -> StreamQueue.Search.FOUND)).isEqualTo(StreamQueue.Search.FOUND);
  }

  @Test
  void aSearchWaitsForWhatIsStillToCome() throws Exception {
    offer(position(1));
    Thread writer =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    offer(position(5));
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });

    assertThat(
            queue.search(
                item ->
                    item.equals(position(5))
                        ? StreamQueue.Search.ABSENT
                        : StreamQueue.Search.UNDECIDED))
        .isEqualTo(StreamQueue.Search.ABSENT);
    writer.join();
  }
}
