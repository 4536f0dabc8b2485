package org.turnout.proxy.postgres;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/**
 * A client that says bytes and writes down what it hears, so that two conversations can be compared
 * to the last byte. Only what two connections to one server cannot share is left out: process
 * numbers, cancel secrets and the numbers of objects that a test made.
 */
final class WireClient implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 60_000;
  private static final int FIRST_OWN_OBJECT = 16_384;
  private static final int SHOWN = 200;

  private final Socket socket = new Socket();
  private final InetSocketAddress where;
  private final boolean encrypted;
  private Socket stream = socket;
  private DataInputStream in;
  private OutputStream out;
  private final List<String> heard = new ArrayList<>();
  private final String database;
  private int process;
  private byte[] secret = new byte[0];

  /** One message of the server. */
  record Frame(char type, byte[] body) {}

  /**
   * @param database that its starts name
   */
  WireClient(InetSocketAddress where, String database) throws IOException {
    this(where, database, false);
  }

  /**
   * @param encrypted whether {@link #another} is encrypted; this one becomes it by {@link #encrypt}
   */
  WireClient(InetSocketAddress where, String database, boolean encrypted) throws IOException {
    this.where = where;
    this.database = database;
    this.encrypted = encrypted;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.connect(where);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
    out = socket.getOutputStream();
  }

  /** Asks for TLS and goes on with it. */
  WireClient encrypt() throws IOException {
    out.write(WireMessages.code(WireMessages.TLS));
    int answer = in.read();
    if (answer != 'S') {
      throw new IOException("no TLS: " + answer);
    }
    return encryptAtOnce("postgresql");
  }

  /**
   * Goes on with TLS.
   *
   * @param protocols that it says it means (ALPN)
   */
  WireClient encryptAtOnce(String... protocols) throws IOException {
    SSLSocket over = TestSockets.over(socket, protocols);
    over.startHandshake();
    stream = over;
    in = new DataInputStream(new BufferedInputStream(over.getInputStream(), 1 << 16));
    out = over.getOutputStream();
    return this;
  }

  /** Another client of the same server, on a connection of the same kind, that has not begun. */
  WireClient another() throws IOException {
    WireClient other = new WireClient(where, database, encrypted);
    return encrypted ? other.encrypt() : other;
  }

  /** Starts a session as the superuser. */
  WireClient begin(String... parameters) throws IOException {
    start(3 << 16, parameters);
    untilReady();
    return this;
  }

  /** Sends a start of the superuser. */
  void start(int version, String... parameters) throws IOException {
    List<String> all = new ArrayList<>(List.of("user", "postgres", "database", database));
    all.addAll(List.of(parameters));
    say(WireMessages.startup(version, all.toArray(String[]::new)));
  }

  void ask(String sql) throws IOException {
    say(WireMessages.query(sql));
    untilReady();
  }

  String database() {
    return database;
  }

  /** Everything heard so far, a line each. */
  List<String> heard() {
    return heard;
  }

  /** Forgets what was heard. */
  void forget() {
    heard.clear();
  }

  int process() {
    return process;
  }

  byte[] secret() {
    return secret;
  }

  /** Sends all of it in one write. */
  void say(byte[]... messages) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] message : messages) {
      all.write(message);
    }
    out.write(all.toByteArray());
    out.flush();
  }

  /** Says all of it in a thread of its own, while this one hears. */
  CompletableFuture<Void> sayMeanwhile(byte[]... messages) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            say(messages);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        task -> Thread.ofVirtual().start(task));
  }

  /** Hears one byte that is no message: the answer to a request for encryption. */
  void hearByte() throws IOException {
    int answer = in.read();
    heard.add(answer < 0 ? "end" : "byte " + (char) answer);
  }

  /** Hears all that comes until the end, where it is no messages. */
  void hearBytes() throws IOException {
    heard.add(new String(in.readAllBytes(), StandardCharsets.UTF_8));
  }

  /** Hears messages up to one of the given type, or the end. */
  void until(char type) throws IOException {
    Frame frame;
    do {
      frame = hear();
    } while (frame.type() != type && frame.type() != 0);
  }

  void untilReady() throws IOException {
    until('Z');
  }

  /** Hears all that comes until the server ends the connection. */
  void untilEnd() throws IOException {
    until((char) 0);
  }

  /** Hears one message; type 0 is the end of the connection. */
  Frame hear() throws IOException {
    try {
      char type = (char) in.readUnsignedByte();
      byte[] body = new byte[in.readInt() - 4];
      in.readFully(body);
      Frame frame = new Frame(type, body);
      heard.add(shown(frame));
      return frame;
    } catch (EOFException | SocketException | SSLException ended) {
      heard.add("end");
      return new Frame((char) 0, new byte[0]);
    }
  }

  /** What a cut connection looks like to the server. */
  void vanish() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** Ends what the client says, and goes on hearing. */
  void sayNoMore() throws IOException {
    stream.shutdownOutput();
  }

  private String shown(Frame frame) {
    byte[] body = frame.body();
    ByteBuffer bytes = ByteBuffer.wrap(body);
    switch (frame.type()) {
      case 'K' -> {
        process = bytes.getInt();
        secret = new byte[bytes.remaining()];
        bytes.get(secret);
        return "K with a secret of " + secret.length;
      }
      case 'A' -> {
        String by = bytes.getInt() == process ? "itself" : "another";
        return "A by " + by + " " + printable(body, 4);
      }
      case 'E' -> {
        if (text(body).startsWith("SFATAL")) {
          return "E " + withoutSource(body);
        }
      }
      case 'T' -> hideObjects(bytes);
      default -> {
        // Compared as it is.
      }
    }
    return frame.type() + " " + body.length + " " + printable(body, 0);
  }

  /** What ends a connection may be said by Turnout, which has no lines of the server's sources. */
  private static String withoutSource(byte[] body) {
    return Stream.of(text(body).split("\0"))
        .filter(field -> !field.matches("[FLR].*"))
        .collect(Collectors.joining(", "));
  }

  /** Sets the number of a table that a test made to 0, in a RowDescription. */
  private static void hideObjects(ByteBuffer fields) {
    int count = fields.getShort();
    for (int i = 0; i < count; i++) {
      while (fields.get() != 0) {
        // The name of the column.
      }
      if (fields.getInt(fields.position()) >= FIRST_OWN_OBJECT) {
        fields.putInt(fields.position(), 0);
      }
      fields.position(fields.position() + 18);
    }
  }

  private static String printable(byte[] body, int from) {
    StringBuilder text = new StringBuilder();
    for (int i = from; i < Math.min(body.length, SHOWN); i++) {
      char c = (char) (body[i] & 0xff);
      text.append(c >= ' ' && c < 127 ? String.valueOf(c) : "\\" + (int) c + ";");
    }
    if (body.length > SHOWN) {
      text.append(" #").append(java.util.Arrays.hashCode(body));
    }
    return text.toString();
  }

  @Override
  public void close() throws IOException {
    stream.close();
    socket.close();
  }

  static String text(byte[] body) {
    return new String(body, StandardCharsets.UTF_8);
  }
}
