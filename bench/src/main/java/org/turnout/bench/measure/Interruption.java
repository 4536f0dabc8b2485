package org.turnout.bench.measure;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Ctrl-C and a request to end, for the thread that measures: it is interrupted, and then takes back
 * in order what it has done, also in a database that is not its own. A second signal does not wait
 * for that. Signals come on threads of the JVM.
 */
final class Interruption implements AutoCloseable {
  private static final List<String> SIGNALS = List.of("INT", "TERM");

  private final Thread measuring = Thread.currentThread();
  private final Map<Signal, SignalHandler> before = new LinkedHashMap<>();
  private volatile int status;

  private Interruption() {}

  /** Of the calling thread, from now on until it is closed. */
  static Interruption watch() {
    Interruption watching = new Interruption();
    for (String name : SIGNALS) {
      Signal signal = new Signal(name);
      watching.before.put(signal, Signal.handle(signal, watching::received));
    }
    return watching;
  }

  private void received(Signal signal) {
    if (status != 0) {
      System.exit(status);
    }
    status = 128 + signal.getNumber();
    measuring.interrupt();
  }

  /** The exit status that tells of the signal; 0 as long as none has come. */
  int status() {
    return status;
  }

  @Override
  public void close() {
    before.forEach(Signal::handle);
  }
}
