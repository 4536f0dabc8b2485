package org.turnout.bench.peer;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A proxy that was started for the measurement. It may not listen yet: whoever needs it asks until
 * it answers.
 */
public final class StartedPeer implements Peer {
  private static final Pattern USED =
      Pattern.compile("^.*(?:heap|generation).* used (\\d+)K", Pattern.MULTILINE);

  private final String name;
  private final String version;
  private final int port;
  private final Child child;
  private final Kind kind;

  /** What has to be known of the program. */
  enum Kind {
    /** A JVM; ends the TLS of its clients. */
    JVM("ended by it, plain to the server"),
    /** Ends the TLS of its clients. */
    NATIVE("ended by it, plain to the server"),
    /** Passes bytes on whatever they are. */
    RELAY("passed through, ended by the server");

    private final String tlsEnd;

    Kind(String tlsEnd) {
      this.tlsEnd = tlsEnd;
    }
  }

  StartedPeer(String name, String version, int port, Child child, Kind kind) {
    this.name = name;
    this.version = version;
    this.port = port;
    this.child = child;
    this.kind = kind;
  }

  StartedPeer named(String other) {
    return new StartedPeer(other, version, port, child, kind);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  @Override
  public String tlsEnd() {
    return kind.tlsEnd;
  }

  @Override
  public List<ProcessHandle> processes() {
    return List.of(child.handle());
  }

  public boolean isAlive() {
    return child.isAlive();
  }

  /** The end of what it has written, for a failure. */
  public String tail() {
    return child.tail();
  }

  @Override
  public OptionalLong liveHeap() throws InterruptedException {
    if (kind != Kind.JVM) {
      return OptionalLong.empty();
    }
    Program jcmd =
        new Program(java.nio.file.Path.of(System.getProperty("java.home"), "bin", "jcmd"));
    String process = Long.toString(child.handle().pid());
    jcmd.output(process, "GC.run");
    Matcher used = USED.matcher(jcmd.output(process, "GC.heap_info"));
    long kilobytes = 0;
    boolean found = false;
    while (used.find()) {
      found = true;
      kilobytes += Long.parseLong(used.group(1));
    }
    return found ? OptionalLong.of(kilobytes << 10) : OptionalLong.empty();
  }

  /** Asks it to end, and gives it this much time for that. */
  public void stop(Duration patience) throws InterruptedException {
    child.stop(patience);
  }

  @Override
  public void close() throws InterruptedException {
    child.close();
  }
}
