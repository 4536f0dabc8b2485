package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.message.CancelRequest;
import org.turnout.protocol.postgres.message.GssEncRequest;
import org.turnout.protocol.postgres.message.InitialMessage;
import org.turnout.protocol.postgres.message.ProtocolVersion;
import org.turnout.protocol.postgres.message.SslRequest;

/**
 * What a client opens its connection with, judged as the server judges it ({@code
 * ProcessStartupPacket} in its sources): what cannot be a packet ends the connection without a
 * word, what is a packet and wrong is answered.
 */
sealed interface Opening {
  /** The newest version of the protocol that Turnout speaks with clients. */
  ProtocolVersion NEWEST = ProtocolVersion.V3_2;

  /** Not all of a packet is there. */
  record Incomplete() implements Opening {}

  /** This is no client: a port scan, another protocol. */
  record Foreign(String reason) implements Opening {}

  /** A client, which is told what is wrong. */
  record Refused(String sqlState, String message) implements Opening {}

  /** A client of before version 3, which reads an error as text. */
  record Outdated(String message) implements Opening {}

  /** A packet, which has been read. */
  record Packet(InitialMessage message) implements Opening {}

  /**
   * Reads a packet.
   *
   * @param encryptionAsked whether TLS was asked for before; the server takes a repetition for an
   *     unknown version
   * @param gssAsked the same of GSSAPI encryption
   */
  static Opening read(ByteBuf bytes, boolean encryptionAsked, boolean gssAsked) {
    int size;
    try {
      size = Frames.startupSize(bytes, bytes.readerIndex());
    } catch (ProtocolException e) {
      return new Foreign(String.valueOf(e.getMessage()));
    }
    if (size == Frames.INCOMPLETE || size > bytes.readableBytes()) {
      return new Incomplete();
    }
    int code = bytes.getInt(bytes.readerIndex() + Frames.STARTUP_HEADER);
    boolean supported =
        switch (code) {
          case SslRequest.CODE -> !encryptionAsked;
          case GssEncRequest.CODE -> !gssAsked;
          case CancelRequest.CODE -> true;
          default -> ProtocolVersion.of(code).major() == NEWEST.major();
        };
    return supported ? packet(bytes, code) : unsupported(ProtocolVersion.of(code));
  }

  private static Opening packet(ByteBuf bytes, int code) {
    try {
      return new Packet(InitialMessage.decode(bytes));
    } catch (ProtocolException e) {
      return code == CancelRequest.CODE
          ? new Foreign(String.valueOf(e.getMessage()))
          : new Refused(
              ProtocolException.SQLSTATE,
              "invalid startup packet layout: expected terminator as last byte");
    }
  }

  private static Opening unsupported(ProtocolVersion version) {
    String message =
        "unsupported frontend protocol %s: server supports 3.0 to %s".formatted(version, NEWEST);
    boolean outdated = version.major() > 0 && version.major() < NEWEST.major();
    return outdated ? new Outdated(message) : new Refused("0A000", message);
  }
}
