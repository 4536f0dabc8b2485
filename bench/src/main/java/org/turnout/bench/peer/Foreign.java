package org.turnout.bench.peer;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.Stream;

/**
 * A proxy that somebody else has started before the measurement and ends after it.
 *
 * @param process it and its descendants are what its cost is read from
 */
public record Foreign(String name, InetSocketAddress address, ProcessHandle process)
    implements Peer {

  /**
   * Reads {@code name=host:port:pid}.
   *
   * @throws IllegalArgumentException with what is wrong with it
   */
  public static Foreign parse(String text) {
    String[] sides = text.split("=", 2);
    String[] parts = sides.length == 2 ? sides[1].split(":", -1) : new String[0];
    if (parts.length != 3 || sides[0].isBlank()) {
      throw new IllegalArgumentException("a peer is given as name=host:port:pid, not " + text);
    }
    try {
      ProcessHandle process =
          ProcessHandle.of(Long.parseLong(parts[2]))
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "there is no process " + parts[2] + " (peer " + sides[0] + ")"));
      return new Foreign(
          sides[0], new InetSocketAddress(parts[0], Integer.parseInt(parts[1])), process);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("port and pid of a peer are numbers: " + text, e);
    }
  }

  @Override
  public String version() {
    return "process " + process.pid();
  }

  @Override
  public String tlsEnd() {
    return "as it was set up";
  }

  @Override
  public List<ProcessHandle> processes() {
    return Stream.concat(Stream.of(process), process.descendants()).toList();
  }

  @Override
  public void close() {}
}
