package org.turnout.protocol.postgres.message;

/**
 * Version of the protocol: major in the upper 16 bits, minor in the lower.
 *
 * @param major 3 for every server that Turnout knows
 * @param minor 0 or 2; others are what a client asks for and a server negotiates down
 */
public record ProtocolVersion(int major, int minor) implements Comparable<ProtocolVersion> {
  public static final ProtocolVersion V3_0 = new ProtocolVersion(3, 0);
  public static final ProtocolVersion V3_2 = new ProtocolVersion(3, 2);

  public static ProtocolVersion of(int code) {
    return new ProtocolVersion(code >>> 16, code & 0xffff);
  }

  public int code() {
    return (major << 16) | minor;
  }

  @Override
  public int compareTo(ProtocolVersion other) {
    return Integer.compareUnsigned(code(), other.code());
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
