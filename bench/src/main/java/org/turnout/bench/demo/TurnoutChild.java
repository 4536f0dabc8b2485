package org.turnout.bench.demo;

import java.io.IOException;
import org.turnout.proxy.Turnout;

/**
 * The main class of the Turnout that a demo starts: ends, however the demo ended, when the demo's
 * end of the pipe to its standard input is closed.
 */
final class TurnoutChild {
  private TurnoutChild() {}

  public static void main(String[] arguments) throws Exception {
    Thread.ofPlatform().daemon().name("parent-watch").start(TurnoutChild::endWithParent);
    Turnout.main(arguments);
  }

  private static void endWithParent() {
    try {
      while (System.in.read() >= 0) {
        // The demo writes nothing: only the end of the stream matters.
      }
    } catch (IOException e) {
      // A broken pipe says the same as a closed one.
    } finally {
      Runtime.getRuntime().halt(0);
    }
  }
}
