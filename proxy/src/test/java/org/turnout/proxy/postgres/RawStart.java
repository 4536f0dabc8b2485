package org.turnout.proxy.postgres;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a client sees of the beginning of an authentication, byte by byte. */
record RawStart(List<String> mechanisms, String salt) {
  private static final int SASL = 10;

  /** Goes as far as the server's challenge. */
  static RawStart of(Proxied proxied, String role) throws Exception {
    try (Socket socket = start(proxied, role, 196608)) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      ByteBuffer request = frame(in, 'R');
      if (request.getInt() != SASL) {
        throw new AssertionError("no SASL");
      }
      List<String> mechanisms =
          List.of(StandardCharsets.US_ASCII.decode(request).toString().strip().split("\0"));
      socket.getOutputStream().write(initialResponse());
      ByteBuffer challenge = frame(in, 'R');
      challenge.getInt();
      String[] parts = StandardCharsets.US_ASCII.decode(challenge).toString().split(",");
      return new RawStart(mechanisms, parts[1]);
    }
  }

  /** A connection that has sent its start. */
  static Socket start(Proxied proxied, String role, int version, String... more) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream packet = new DataOutputStream(bytes);
    String text =
        "user\0"
            + role
            + "\0database\0"
            + proxied.blue.name()
            + "\0"
            + (more.length == 0 ? "" : String.join("\0", more) + "\0")
            + "\0";
    packet.writeInt(8 + text.length());
    packet.writeInt(version);
    packet.writeBytes(text);
    Socket socket = new Socket();
    socket.connect(proxied.address());
    socket.getOutputStream().write(bytes.toByteArray());
    return socket;
  }

  private static byte[] initialResponse() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream packet = new DataOutputStream(bytes);
    String mechanism = "SCRAM-SHA-256\0";
    String data = "n,,n=,r=abcdef";
    packet.writeByte('p');
    packet.writeInt(4 + mechanism.length() + 4 + data.length());
    packet.writeBytes(mechanism);
    packet.writeInt(data.length());
    packet.writeBytes(data);
    return bytes.toByteArray();
  }

  /** The body of the next frame, which must be of a type. */
  static ByteBuffer frame(DataInputStream in, char type) throws Exception {
    char found = (char) in.readByte();
    byte[] body = in.readNBytes(in.readInt() - 4);
    if (found != type) {
      throw new AssertionError(found + ": " + new String(body, StandardCharsets.UTF_8));
    }
    return ByteBuffer.wrap(body);
  }
}
