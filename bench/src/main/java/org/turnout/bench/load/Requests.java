package org.turnout.bench.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.turnout.protocol.postgres.message.Bind;
import org.turnout.protocol.postgres.message.Describe;
import org.turnout.protocol.postgres.message.Execute;
import org.turnout.protocol.postgres.message.FrontendSignal;
import org.turnout.protocol.postgres.message.Message;
import org.turnout.protocol.postgres.message.Parse;
import org.turnout.protocol.postgres.message.Query;
import org.turnout.protocol.postgres.message.Target;

/** Frames made beforehand, in memory outside the heap, from where they are sent as they are. */
final class Requests {
  static final ByteBuf TERMINATE = bytes(FrontendSignal.TERMINATE);

  private Requests() {}

  static ByteBuf bytes(Message... messages) {
    return bytes(List.of(messages));
  }

  /** Freed with the buffer by the garbage collector: nobody has to know who is the last to send. */
  private static ByteBuf memory(int size) {
    return Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(size)).clear();
  }

  static ByteBuf bytes(List<? extends Message> messages) {
    ByteBuf encoded = Unpooled.buffer();
    messages.forEach(message -> message.encode(encoded));
    return memory(encoded.readableBytes()).writeBytes(encoded);
  }

  /** One statement of the simple protocol. */
  static Step simple(String sql, int rows) {
    return new Step(bytes(new Query(sql)), 1, rows);
  }

  /** The unnamed statement, parsed each time. */
  static Step extended(String sql, String parameter) {
    return new Step(
        bytes(
            new Parse("", sql, List.of()),
            new Bind("", "", List.of(parameter)),
            new Describe(Target.PORTAL, ""),
            new Execute("", 0),
            FrontendSignal.SYNC),
        1,
        1);
  }

  /** Makes a named statement. */
  static Step prepare(String name, String sql) {
    return new Step(bytes(new Parse(name, sql, List.of()), FrontendSignal.SYNC), 0, 0);
  }

  /** A named statement, run as libpq does it: the answer is described each time. */
  static Step prepared(String name, String parameter) {
    return new Step(
        bytes(
            new Bind("", name, List.of(parameter)),
            new Describe(Target.PORTAL, ""),
            new Execute("", 0),
            FrontendSignal.SYNC),
        1,
        1);
  }

  /** A named statement once for each parameter, with one Sync at the end. */
  static Step pipeline(String name, List<String> parameters) {
    List<Message> messages = new ArrayList<>();
    for (String parameter : parameters) {
      messages.add(new Bind("", name, List.of(parameter)));
      messages.add(new Execute("", 0));
    }
    messages.add(FrontendSignal.SYNC);
    return new Step(bytes(messages), parameters.size(), parameters.size());
  }

  /** COPY from the client, its lines in one CopyData each, as psql sends them. */
  static Step copyIn(String sql, String line, int lines) {
    byte[] content = (line + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8);
    ByteBuf end = bytes(FrontendSignal.COPY_DONE);
    ByteBuf data = memory(lines * (5 + content.length) + end.readableBytes());
    for (int i = 0; i < lines; i++) {
      data.writeByte('d').writeInt(4 + content.length).writeBytes(content);
    }
    data.writeBytes(end);
    return new Step(bytes(new Query(sql)), data, 1, 1, 0);
  }
}
