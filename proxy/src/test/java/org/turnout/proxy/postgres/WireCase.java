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

  @Override
  public String toString() {
    return name;
  }
}
