package org.turnout.protocol.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.HexFormat;
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
import org.turnout.protocol.postgres.message.BackendMessage;
import org.turnout.protocol.postgres.message.Bind;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.Message;
import org.turnout.protocol.postgres.message.ParameterStatus;
import org.turnout.protocol.postgres.message.Parse;
import org.turnout.protocol.postgres.message.Query;
import org.turnout.protocol.postgres.replication.PgOutputDecoder;
import org.turnout.protocol.postgres.replication.PgOutputMessage;

/** Decoding and encoding of the messages that Turnout looks into, and of a change of the stream. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MessageBenchmark {
  private static final Parse PARSE =
      new Parse("s1", "SELECT balance, filler FROM account WHERE id = $1", List.of(23));
  private static final Bind BIND = new Bind("", "s1", List.of("12345"));
  private static final Query QUERY = new Query("SELECT balance FROM account WHERE id = 12345");

  /** An Insert of three columns. */
  private static final byte[] INSERT =
      HexFormat.of().parseHex("49000040014e000474000000026869" + "6e" + "75" + "6200000001ff");

  private final ByteBuf parameter = encoded(new ParameterStatus("application_name", "shop"));
  private final ByteBuf error = encoded(ErrorResponse.error("42P01", "relation does not exist"));
  private final ByteBuf bind = encoded(BIND);
  private final ByteBuf out = Unpooled.directBuffer(1024);

  private static ByteBuf encoded(Message message) {
    ByteBuf buffer = Unpooled.directBuffer();
    message.encode(buffer);
    return buffer;
  }

  @Benchmark
  public BackendMessage decodeParameterStatus() {
    return BackendMessage.decode(parameter.readerIndex(0));
  }

  @Benchmark
  public BackendMessage decodeErrorResponse() {
    return BackendMessage.decode(error.readerIndex(0));
  }

  @Benchmark
  public Bind.Names decodeNamesOfBind() {
    return Bind.names(bind.readerIndex(0));
  }

  @Benchmark
  public PgOutputMessage decodeInsertOfStream() {
    return PgOutputDecoder.decode(ByteBuffer.wrap(INSERT));
  }

  @Benchmark
  public int encodeParse() {
    return encode(PARSE);
  }

  @Benchmark
  public int encodeBind() {
    return encode(BIND);
  }

  @Benchmark
  public int encodeQuery() {
    return encode(QUERY);
  }

  private int encode(Message message) {
    message.encode(out.clear());
    return out.writerIndex();
  }
}
