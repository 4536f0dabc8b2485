package org.turnout.proxy.postgres;

import java.io.IOException;

/** A client that prepares statements and asks for values in binary; hears all as one text. */
final class PreparingClient implements AutoCloseable {
  /** What it hears of the one row of {@link #makeTable}, an {@code int}. */
  static final String INTEGER = "D 10 \\0;\\1;\\0;\\0;\\0;\\4;\\0;\\0;\\0;\\7;";

  private static final int[] BINARY = {1};

  private final WireClient wire;

  private PreparingClient(WireClient wire) {
    this.wire = wire;
  }

  /** Makes a table {@code t} of one number, 7, on both sides. */
  static Proxied makeTable(Proxied proxied) {
    proxied.onBoth("CREATE TABLE t (a int); INSERT INTO t VALUES (7)");
    return proxied;
  }

  static PreparingClient begin(Proxied proxied) throws IOException {
    return new PreparingClient(new WireClient(proxied.address(), proxied.blue.name()).begin());
  }

  /** One whose reads go to green by now. */
  static PreparingClient beginAtGreen(Proxied proxied) throws IOException {
    PreparingClient client = begin(proxied);
    client.readUntilGreen();
    return client;
  }

  void readUntilGreen() throws IOException {
    WhichSide.readUntilGreen(wire);
  }

  /** What it hears up to ReadyForQuery. */
  String say(byte[]... messages) throws IOException {
    wire.forget();
    wire.say(WireMessages.join(messages), WireMessages.sync());
    wire.untilReady();
    return String.join("\n", wire.heard());
  }

  /** What it hears up to the next ReadyForQuery, without saying more. */
  String hear() throws IOException {
    wire.forget();
    wire.untilReady();
    return String.join("\n", wire.heard());
  }

  /** As {@link #say}, one write after the other. */
  String sayApart(byte[]... pieces) throws IOException {
    wire.forget();
    for (byte[] piece : pieces) {
      wire.say(piece);
    }
    wire.say(WireMessages.sync());
    wire.untilReady();
    return String.join("\n", wire.heard());
  }

  String ask(String sql) throws IOException {
    wire.forget();
    wire.ask(sql);
    return String.join("\n", wire.heard());
  }

  String prepare(String name, String sql, int... types) throws IOException {
    return say(WireMessages.parse(name, sql, types), WireMessages.describeStatement(name));
  }

  /** Without a description. */
  String execute(String name, String... values) throws IOException {
    return say(bind(name, values), WireMessages.execute("", 0));
  }

  static byte[] bind(String name, String... values) {
    return WireMessages.bind("", name, new int[0], BINARY, values);
  }

  @Override
  public void close() throws IOException {
    wire.close();
  }
}
