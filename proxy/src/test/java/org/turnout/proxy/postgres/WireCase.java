package org.turnout.proxy.postgres;

/**
 * Something that a client does, played once against the server and once through Turnout; both
 * conversations have to be the same.
 *
 * @param name what it is about, as the name of the test
 */
record WireCase(String name, Script script) {
  /** What the client says and waits for. */
  interface Script {
    void play(WireClient client) throws Exception;
  }

  /** Each of the queries, one after the other. */
  static WireCase queries(String name, String... all) {
    return new WireCase(
        name,
        client -> {
          for (String sql : all) {
            client.say(WireMessages.query(sql));
            client.untilReady();
          }
        });
  }

  /** One write, answered by as many ReadyForQuery. */
  static WireCase cycles(String name, int cycles, byte[]... messages) {
    return new WireCase(
        name,
        client -> {
          client.say(messages);
          for (int i = 0; i < cycles; i++) {
            client.untilReady();
          }
        });
  }

  /** After which the server ends the connection. */
  static WireCase last(String name, byte[]... messages) {
    return new WireCase(
        name,
        client -> {
          client.say(messages);
          client.untilEnd();
        });
  }

  @Override
  public String toString() {
    return name;
  }
}
