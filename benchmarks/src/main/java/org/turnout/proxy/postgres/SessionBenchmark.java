package org.turnout.proxy.postgres;

import io.netty.util.concurrent.ImmediateEventExecutor;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.protocol.postgres.message.TransactionStatus;
import org.turnout.proxy.gate.Gate;
import org.turnout.proxy.session.Activity;

/**
 * What a session keeps count of for each query: the replies it is owed, and its place at the gate.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SessionBenchmark {
  private final ReplyTracker tracker = new ReplyTracker();
  private final SessionGate gate =
      new SessionGate(
          new Gate(List.of(ImmediateEventExecutor.INSTANCE)).lane(0), new Activity(), () -> {});

  @Benchmark
  public boolean replyQueueSimple() {
    tracker.sent(FrontendType.QUERY);
    tracker.received(BackendType.ROW_DESCRIPTION);
    tracker.received(BackendType.DATA_ROW);
    tracker.received(BackendType.COMMAND_COMPLETE);
    tracker.ready(TransactionStatus.IDLE);
    return tracker.atBoundary();
  }

  @Benchmark
  public boolean replyQueuePrepared() {
    tracker.sent(FrontendType.BIND);
    tracker.sent(FrontendType.DESCRIBE);
    tracker.sent(FrontendType.EXECUTE);
    tracker.sent(FrontendType.SYNC);
    tracker.received(BackendType.BIND_COMPLETE);
    tracker.received(BackendType.ROW_DESCRIPTION);
    tracker.received(BackendType.DATA_ROW);
    tracker.received(BackendType.COMMAND_COMPLETE);
    tracker.ready(TransactionStatus.IDLE);
    return tracker.atBoundary();
  }

  @Benchmark
  public boolean gate() {
    if (!gate.isClosed()) {
      gate.began();
    }
    gate.atBoundary(System.nanoTime());
    return gate.isClosed();
  }
}
