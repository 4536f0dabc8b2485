package org.turnout.sync.capture;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.turnout.config.HostPort;
import org.turnout.config.Side;
import org.turnout.config.SideConfig;
import org.turnout.protocol.postgres.frame.BackendType;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.protocol.postgres.message.Authentication;
import org.turnout.protocol.postgres.message.CommandComplete;
import org.turnout.protocol.postgres.message.Message;
import org.turnout.protocol.postgres.message.ParameterStatus;
import org.turnout.protocol.postgres.message.ReadyForQuery;
import org.turnout.protocol.postgres.message.TransactionStatus;
import org.turnout.protocol.postgres.replication.StandbyStatusUpdate;
import org.turnout.sync.side.PostgresSide;
import org.turnout.sync.side.TestSides;

/**
 * The other end of one replication connection, which says what a test wants, byte by byte. Lets the
 * driver in by itself; its methods wait for what they read.
 */
final class ScriptedServer implements AutoCloseable {
  private static final int SSL_REQUEST = 80877103;

  /** Who says nothing for so long has a defect: a read is not to hang the build. */
  private static final int PATIENCE_MILLIS = 60_000;

  private final ServerSocket listener;
  private Socket client = new Socket();
  private DataInputStream in = new DataInputStream(DataInputStream.nullInputStream());

  ScriptedServer() throws IOException {
    listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    listener.setSoTimeout(PATIENCE_MILLIS);
  }

  PostgresSide side() {
    return new PostgresSide(
        TestSides.ROUTE,
        Side.BLUE,
        new SideConfig(
            new HostPort("127.0.0.1", listener.getLocalPort()), "shop", "app", Optional.empty()));
  }

  /** Lets a client in and answers what it asks; returns its START_REPLICATION. */
  String awaitStart() throws IOException {
    return awaitStart(new byte[0]);
  }

  /**
   * As {@link #awaitStart()}.
   *
   * @param unasked what comes in one piece with the last answer before the stream is asked for
   */
  String awaitStart(byte[] unasked) throws IOException {
    client = listener.accept();
    client.setTcpNoDelay(true);
    client.setSoTimeout(PATIENCE_MILLIS);
    in = new DataInputStream(client.getInputStream());
    logIn();
    while (true) {
      String command = query();
      if (command.startsWith("START_REPLICATION")) {
        return command;
      }
      byte[] done = bytes(new CommandComplete("SET"));
      byte[] ready = bytes(new ReadyForQuery(TransactionStatus.IDLE));
      send(joined(done, ready, command.startsWith("SET TIME ZONE") ? unasked : new byte[0]));
    }
  }

  /** As {@link #awaitStart()}, and says that the stream begins. */
  void begin() throws IOException {
    awaitStart();
    beginStream();
  }

  void beginStream() throws IOException {
    send(frame(BackendType.COPY_BOTH_RESPONSE, new byte[] {0, 0, 0}));
  }

  private void logIn() throws IOException {
    while (startupPacket() == SSL_REQUEST) {
      send(new byte[] {'N'});
    }
    send(
        bytes(new Authentication.Ok()),
        bytes(new ParameterStatus("server_version", "18.0")),
        bytes(new ParameterStatus("client_encoding", "UTF8")),
        bytes(new ParameterStatus("standard_conforming_strings", "on")),
        bytes(new ParameterStatus("integer_datetimes", "on")),
        frame(BackendType.BACKEND_KEY_DATA, new byte[8]),
        bytes(new ReadyForQuery(TransactionStatus.IDLE)));
  }

  private int startupPacket() throws IOException {
    byte[] packet = new byte[in.readInt() - 4];
    in.readFully(packet);
    return ByteBuffer.wrap(packet).getInt();
  }

  private String query() throws IOException {
    byte type = in.readByte();
    byte[] body = new byte[in.readInt() - 4];
    in.readFully(body);
    if (type != FrontendType.QUERY) {
      throw new IOException("unexpected message " + (char) type);
    }
    return new String(body, 0, body.length - 1, StandardCharsets.UTF_8);
  }

  void send(byte[]... pieces) throws IOException {
    for (byte[] piece : pieces) {
      client.getOutputStream().write(piece);
    }
  }

  /** The next status that the client sends. */
  StandbyStatusUpdate status() throws IOException {
    byte[] frame = new byte[StandbyStatusUpdate.SIZE];
    in.readFully(frame);
    return StandbyStatusUpdate.decode(ByteBuffer.wrap(frame));
  }

  /** Waits until the client has sent some status that it had not sent before the call. */
  void awaitFreshStatus() throws IOException {
    while (in.available() >= StandbyStatusUpdate.SIZE) {
      status();
    }
    // The next one may have been on its way; the one behind it was not.
    status();
    status();
  }

  /** Reads to the end of what the client sends. */
  void awaitEnd() throws IOException {
    in.transferTo(java.io.OutputStream.nullOutputStream());
  }

  /** Ends the connection, with everything that was sent being read before. */
  void hangUp() throws IOException {
    client.shutdownOutput();
  }

  /** Ends the connection in both directions, also for what is on its way here. */
  void vanish() throws IOException {
    client.close();
  }

  private static byte[] joined(byte[]... pieces) {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    for (byte[] piece : pieces) {
      whole.writeBytes(piece);
    }
    return whole.toByteArray();
  }

  static byte[] bytes(Message message) {
    ByteBuf buffer = Unpooled.buffer(message.size());
    message.encode(buffer);
    return java.util.Arrays.copyOf(buffer.array(), buffer.readableBytes());
  }

  static byte[] frame(byte type, byte[] body) {
    return ByteBuffer.allocate(5 + body.length).put(type).putInt(4 + body.length).put(body).array();
  }

  static byte[] keepalive(long end, boolean replyRequested) {
    return frame(
        BackendType.COPY_DATA,
        ByteBuffer.allocate(18)
            .put((byte) 'k')
            .putLong(end)
            .putLong(0)
            .put((byte) (replyRequested ? 1 : 0))
            .array());
  }

  /** A message of pgoutput at a position. */
  static byte[] data(long start, byte[] message) {
    return frame(
        BackendType.COPY_DATA,
        ByteBuffer.allocate(25 + message.length)
            .put((byte) 'w')
            .putLong(start)
            .putLong(start)
            .putLong(0)
            .put(message)
            .array());
  }

  static byte[] begin(long commit) {
    return data(1, ByteBuffer.allocate(21).put((byte) 'B').putLong(commit).array());
  }

  static byte[] commit(long end) {
    return data(
        end,
        ByteBuffer.allocate(26).put((byte) 'C').put((byte) 0).putLong(end).putLong(end).array());
  }

  /** A type of this name: a message that needs nothing before it. */
  static byte[] type(String name) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    return data(
        1,
        ByteBuffer.allocate(5 + 2 + text.length + 1)
            .put((byte) 'Y')
            .putInt(7)
            .put((byte) 's')
            .put((byte) 0)
            .put(text)
            .array());
  }

  @Override
  public void close() throws IOException {
    client.close();
    listener.close();
  }
}
