package org.turnout.protocol.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.turnout.protocol.postgres.frame.FrameScanner;
import org.turnout.protocol.postgres.frame.Frames;

/** Finding the frames of one buffer that was read: a short answer, and many rows. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FrameScannerBenchmark {
  @Param({"4", "400"})
  int frames;

  private final FrameScanner scanner = FrameScanner.typed(Frames.MESSAGE_LIMIT);
  private ByteBuf buffer;

  @Setup
  public void fill() {
    buffer = Unpooled.directBuffer();
    for (int i = 0; i < frames; i++) {
      buffer.writeByte('D').writeInt(104).writeZero(100);
    }
  }

  @Benchmark
  public int scan() {
    int index = 0;
    int end = buffer.writerIndex();
    int boundaries = 0;
    while (index < end) {
      index = scanner.advance(buffer, index, end);
      boundaries += scanner.isBoundary() ? scanner.type() : 0;
    }
    return boundaries;
  }
}
