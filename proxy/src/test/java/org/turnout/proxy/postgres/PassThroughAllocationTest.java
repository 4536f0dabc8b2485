package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ResourceLeakDetector;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.turnout.protocol.postgres.message.Bind;
import org.turnout.protocol.postgres.message.Describe;
import org.turnout.protocol.postgres.message.Execute;
import org.turnout.protocol.postgres.message.FrontendSignal;
import org.turnout.protocol.postgres.message.Message;
import org.turnout.protocol.postgres.message.Parse;
import org.turnout.protocol.postgres.message.ProtocolVersion;
import org.turnout.protocol.postgres.message.Query;
import org.turnout.protocol.postgres.message.StartupMessage;
import org.turnout.protocol.postgres.message.Target;

/**
 * What is only passed on leaves nothing on the heap: the event loops of a route allocate 0 bytes
 * for a query once their code is compiled. Over real sockets, against a real server.
 */
class PassThroughAllocationTest {
  private static final int OPERATIONS = 5_000;

  /** Compiling takes what it takes; with it behind, the first batch is the last. */
  private static final int MOST_BATCHES = 40;

  private static final String SQL = "SELECT relname FROM pg_class WHERE oid = ";

  private static @Nullable Proxied proxied;

  /** The ways to ask for one row. */
  enum Way {
    SIMPLE(List.of(), List.of(new Query(SQL + "1259"))),
    EXTENDED(
        List.of(),
        List.of(
            new Parse("", SQL + "$1", List.of()),
            new Bind("", "", List.of("1259")),
            new Describe(Target.PORTAL, ""),
            new Execute("", 0),
            FrontendSignal.SYNC)),
    PREPARED(
        List.of(new Parse("s", SQL + "$1", List.of()), FrontendSignal.SYNC),
        List.of(new Bind("", "s", List.of("1259")), new Execute("", 0), FrontendSignal.SYNC));

    private final byte[] before;
    private final byte[] each;

    Way(List<? extends Message> before, List<? extends Message> each) {
      this.before = bytes(before);
      this.each = bytes(each);
    }
  }

  @BeforeAll
  static void start() throws Exception {
    assumeFalse(Boolean.getBoolean("turnout.io_uring"), "a ring takes a few objects for a read");
    // Tracking buffers to find leaks allocates, and is not what is shipped.
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    proxied = Proxied.trusting();
  }

  @AfterAll
  static void stop() throws Exception {
    if (proxied != null) {
      proxied.close();
    }
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
  }

  @ParameterizedTest
  @EnumSource
  void aQueryThatIsPassedOnAllocatesNothing(Way way) throws Exception {
    try (Socket socket = new Socket()) {
      socket.setTcpNoDelay(true);
      socket.connect(proxied.address());
      DataInputStream in = new DataInputStream(socket.getInputStream());
      OutputStream out = socket.getOutputStream();
      out.write(startup());
      readUntilReady(in);
      if (way.before.length > 0) {
        out.write(way.before);
        readUntilReady(in);
      }
      double perOperation = Double.MAX_VALUE;
      for (int batch = 0; batch < MOST_BATCHES && perOperation >= 1; batch++) {
        perOperation = batch(way, in, out);
      }

      assertThat(perOperation)
          .as("bytes allocated by the event loops for each operation; 0 but for a rare timer")
          .isLessThan(1);
      out.write(bytes(List.of(FrontendSignal.TERMINATE)));
    }
  }

  private static double batch(Way way, DataInputStream in, OutputStream out) throws IOException {
    long[] loops = loops();
    long before = allocated(loops);
    for (int i = 0; i < OPERATIONS; i++) {
      out.write(way.each);
      readUntilReady(in);
    }
    return (double) (allocated(loops) - before) / OPERATIONS;
  }

  /** The threads that serve the route. */
  private static long[] loops() {
    long[] loops =
        Arrays.stream(threads().dumpAllThreads(false, false, 0))
            .filter(thread -> thread.getThreadName().startsWith("turnout-test"))
            .mapToLong(ThreadInfo::getThreadId)
            .toArray();
    assertThat(loops).as("the event loops of the route, by their names").isNotEmpty();
    return loops;
  }

  private static long allocated(long[] loops) {
    return Arrays.stream(threads().getThreadAllocatedBytes(loops)).sum();
  }

  private static ThreadMXBean threads() {
    return (ThreadMXBean) ManagementFactory.getThreadMXBean();
  }

  private static void readUntilReady(DataInputStream in) throws IOException {
    while (true) {
      byte type = in.readByte();
      in.skipNBytes(in.readInt() - 4);
      if (type == 'E') {
        throw new IOException("the server answered with an error");
      }
      if (type == 'Z') {
        return;
      }
    }
  }

  private static byte[] startup() {
    return bytes(
        List.of(
            new StartupMessage(
                ProtocolVersion.V3_0,
                Map.of("user", "postgres", "database", proxied.blue.name()))));
  }

  private static byte[] bytes(List<? extends Message> messages) {
    ByteBuf buffer = Unpooled.buffer();
    messages.forEach(message -> message.encode(buffer));
    byte[] bytes = new byte[buffer.readableBytes()];
    buffer.readBytes(bytes);
    return bytes;
  }
}
