package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.turnout.protocol.postgres.message.Bind;
import org.turnout.protocol.postgres.message.Execute;
import org.turnout.protocol.postgres.message.FrontendSignal;
import org.turnout.protocol.postgres.message.Message;
import org.turnout.protocol.postgres.message.Parse;
import org.turnout.protocol.postgres.message.ProtocolVersion;
import org.turnout.protocol.postgres.message.Query;
import org.turnout.protocol.postgres.message.StartupMessage;

/**
 * A client that says exactly the messages that a test wants, in the pieces that it wants. Answers
 * are read one ReadyForQuery at a time, as text: values of rows, command tags, SQLSTATEs.
 */
final class ScriptedClient implements AutoCloseable {
  private final Socket socket;
  private final DataInputStream in;

  private ScriptedClient(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
  }

  static ScriptedClient connect(Proxied proxied) throws IOException {
    return connect(proxied, Map.of());
  }

  static ScriptedClient connect(Proxied proxied, Map<String, String> parameters)
      throws IOException {
    Socket socket = new Socket("127.0.0.1", proxied.address().getPort());
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(60_000);
    ScriptedClient client = new ScriptedClient(socket);
    Map<String, String> all = new LinkedHashMap<>(parameters);
    all.put("user", "postgres");
    all.put("database", proxied.blue.name());
    client.send(new StartupMessage(ProtocolVersion.V3_0, all));
    client.answer();
    return client;
  }

  void send(Message... messages) throws IOException {
    send(bytes(messages));
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  static byte[] bytes(Message... messages) {
    ByteBuf encoded = Encoding.encode(UnpooledByteBufAllocator.DEFAULT, List.of(messages));
    byte[] bytes = new byte[encoded.readableBytes()];
    encoded.readBytes(bytes).release();
    return bytes;
  }

  /** What the server says up to its next ReadyForQuery. */
  List<String> answer() throws IOException {
    List<String> answer = new ArrayList<>();
    while (true) {
      int type = in.readByte();
      byte[] body = in.readNBytes(in.readInt() - 4);
      switch (type) {
        case 'D' -> values(body, answer);
        case 'C' -> answer.add(text(body, 0, body.length - 1));
        case 'E' -> answer.add(sqlState(text(body, 0, body.length)));
        case 'Z' -> {
          return answer;
        }
        default -> {
          // Not what a test of answers looks at.
        }
      }
    }
  }

  /** Reads up to the next message of the type. */
  void skipTo(char type) throws IOException {
    int found;
    do {
      found = in.readByte();
      in.skipNBytes(in.readInt() - 4);
    } while (found != type);
  }

  private static void values(byte[] body, List<String> answer) {
    int at = 2;
    while (at < body.length) {
      int length = java.nio.ByteBuffer.wrap(body, at, 4).getInt();
      at += 4;
      answer.add(length < 0 ? "NULL" : text(body, at, length));
      at += Math.max(0, length);
    }
  }

  private static String sqlState(String fields) {
    int code = fields.indexOf("\0C") + 2;
    return fields.substring(code, fields.indexOf('\0', code));
  }

  private static String text(byte[] bytes, int from, int length) {
    return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
  }

  List<String> query(String sql) throws IOException {
    send(new Query(sql));
    return answer();
  }

  List<String> parse(String name, String sql) throws IOException {
    send(new Parse(name, sql, List.of()), FrontendSignal.SYNC);
    return answer();
  }

  /** Runs a prepared statement without parameters. */
  List<String> execute(String name) throws IOException {
    send(new Bind("", name, List.of()), new Execute("", 0), FrontendSignal.SYNC);
    return answer();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
