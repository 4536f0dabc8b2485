package org.turnout.proxy.postgres;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The messages of a client as bytes, also such as no driver sends. */
final class WireMessages {
  /** The code of a request for TLS. */
  static final int TLS = 80877103;

  /** The code of a request for GSSAPI encryption. */
  static final int GSS = 80877104;

  /** In place of a parameter's value: none. */
  static final String NULL = "\0null";

  private WireMessages() {}

  static byte[] sync() {
    return message('S');
  }

  static byte[] flush() {
    return message('H');
  }

  static byte[] goodbye() {
    return message('X');
  }

  static byte[] query(String sql) {
    return message('Q', text(sql));
  }

  static byte[] parse(String name, String sql, int... types) {
    Body body = new Body().text(name).text(sql).int16(types.length);
    for (int type : types) {
      body.int32(type);
    }
    return message('P', body.bytes());
  }

  /** Binds text parameters, for results in text. */
  static byte[] bind(String portal, String statement, String... values) {
    return bind(portal, statement, new int[0], new int[0], values);
  }

  /**
   * @param parameters the format codes of the parameters
   * @param results the format codes of the columns
   */
  static byte[] bind(
      String portal, String statement, int[] parameters, int[] results, String... values) {
    Body body = new Body().text(portal).text(statement).int16(parameters.length);
    for (int format : parameters) {
      body.int16(format);
    }
    body.int16(values.length);
    for (String value : values) {
      if (value.equals(NULL)) {
        body.int32(-1);
      } else {
        byte[] bytes = value.getBytes(StandardCharsets.ISO_8859_1);
        body.int32(bytes.length).raw(bytes);
      }
    }
    body.int16(results.length);
    for (int format : results) {
      body.int16(format);
    }
    return message('B', body.bytes());
  }

  static byte[] describeStatement(String name) {
    return message('D', text("S" + name));
  }

  static byte[] describePortal(String name) {
    return message('D', text("P" + name));
  }

  static byte[] closeStatement(String name) {
    return message('C', text("S" + name));
  }

  static byte[] closePortal(String name) {
    return message('C', text("P" + name));
  }

  static byte[] execute(String portal, int rows) {
    return message('E', new Body().text(portal).int32(rows).bytes());
  }

  /** Parse, Bind, Describe and Execute of the unnamed statement. */
  static byte[] run(String sql, String... values) {
    return join(parse("", sql), bind("", "", values), describePortal(""), execute("", 0));
  }

  static byte[] copyData(String data) {
    return message('d', data.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] copyDone() {
    return message('c');
  }

  static byte[] copyFail(String reason) {
    return message('f', text(reason));
  }

  /** Calls a function with int4 arguments in binary. */
  static byte[] call(int function, int... arguments) {
    Body body = new Body().int32(function).int16(1).int16(1).int16(arguments.length);
    for (int argument : arguments) {
      body.int32(4).int32(argument);
    }
    return message('F', body.int16(1).bytes());
  }

  static byte[] startup(String... pairs) {
    return startup(3 << 16, pairs);
  }

  static byte[] startup(int version, String... pairs) {
    Body body = new Body().int32(version);
    for (String text : pairs) {
      body.text(text);
    }
    return packet(body.raw(new byte[1]).bytes());
  }

  static byte[] code(int code) {
    return packet(new Body().int32(code).bytes());
  }

  static byte[] cancel(int process, byte[] secret) {
    return packet(new Body().int32(80877102).int32(process).raw(secret).bytes());
  }

  /** A packet without type byte. */
  static byte[] packet(byte[] body) {
    return new Body().int32(body.length + 4).raw(body).bytes();
  }

  static byte[] message(char type, byte... body) {
    return header(type, body.length + 4, body);
  }

  /** A message whose length need not be right. */
  static byte[] header(char type, int length, byte... body) {
    return new Body().raw(new byte[] {(byte) type}).int32(length).raw(body).bytes();
  }

  static byte[] text(String text) {
    return new Body().text(text).bytes();
  }

  static byte[] join(byte[]... messages) {
    Body all = new Body();
    for (byte[] message : messages) {
      all.raw(message);
    }
    return all.bytes();
  }

  /** The body of a message, as it grows. */
  private static final class Body {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Body int16(int value) {
      return raw(ByteBuffer.allocate(2).putShort((short) value).array());
    }

    Body int32(int value) {
      return raw(ByteBuffer.allocate(4).putInt(value).array());
    }

    Body text(String value) {
      return raw(value.getBytes(StandardCharsets.UTF_8)).raw(new byte[1]);
    }

    Body raw(byte[] bytes) {
      out.writeBytes(bytes);
      return this;
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }
}
