package org.turnout.proxy.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GateTest {
  private final List<EventLoop> loops = List.of(new DefaultEventLoop(), new DefaultEventLoop());
  private final Gate gate = new Gate(loops);

  @AfterEach
  void stop() {
    loops.forEach(loop -> loop.shutdownGracefully(0, 1, TimeUnit.SECONDS));
  }

  private void on(int lane, Runnable action) throws Exception {
    loops.get(lane).submit(action).get(10, TimeUnit.SECONDS);
  }

  @Test
  void anIdleRoutePausesAtOnce() throws Exception {
    gate.pause().get(10, TimeUnit.SECONDS);

    assertThat(gate.state()).isEqualTo(Gate.State.PAUSED);
  }

  @Test
  void aPauseWaitsForTheLastSessionOfEveryLane() throws Exception {
    on(0, gate.lane(0)::began);
    on(1, gate.lane(1)::began);
    on(1, gate.lane(1)::began);
    CompletableFuture<Void> paused = gate.pause();
    on(0, gate.lane(0)::ended);
    on(1, gate.lane(1)::ended);
    on(0, () -> {});
    assertThat(paused).isNotDone();
    assertThat(gate.state()).isEqualTo(Gate.State.PAUSING);
    assertThat(gate.running()).isEqualTo(1);

    on(1, gate.lane(1)::ended);

    paused.get(10, TimeUnit.SECONDS);
  }

  @Test
  void openingCancelsThePauseAndReleasesInOrder() throws Exception {
    List<Integer> released = Collections.synchronizedList(new ArrayList<>());
    on(0, gate.lane(0)::began);
    CompletableFuture<Void> paused = gate.pause();
    on(0, () -> gate.lane(0).hold(() -> released.add(1)));
    on(0, () -> gate.lane(0).hold(() -> released.add(2)));
    on(0, () -> gate.lane(0).hold(() -> released.add(3)));

    gate.resume();
    on(0, () -> assertThat(gate.lane(0).isClosed()).isFalse());

    assertThat(paused).isCancelled();
    assertThat(released).containsExactly(1, 2, 3);
    assertThat(gate.state()).isEqualTo(Gate.State.OPEN);
  }

  @Test
  void whatEndsWhileHeldIsNotReleased() throws Exception {
    List<Integer> released = Collections.synchronizedList(new ArrayList<>());
    Held gone = () -> released.add(1);
    gate.pause().get(10, TimeUnit.SECONDS);
    on(0, () -> gate.lane(0).hold(gone));
    on(0, () -> gate.lane(0).forget(gone));

    gate.resume();
    on(0, () -> {});

    assertThat(released).isEmpty();
  }

  @Test
  void aSecondPauseIsTheSameOne() {
    assertThat(gate.pause()).isSameAs(gate.pause());
  }

  @Test
  void anOldPauseDoesNotCompleteANewOne() throws Exception {
    on(0, gate.lane(0)::began);
    gate.pause();
    gate.resume();
    CompletableFuture<Void> second = gate.pause();
    on(1, () -> {});
    assertThat(second).isNotDone();

    on(0, gate.lane(0)::ended);

    second.get(10, TimeUnit.SECONDS);
  }
}
