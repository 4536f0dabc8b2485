package org.turnout.proxy.postgres;

import java.util.List;
import java.util.Optional;
import org.turnout.protocol.postgres.message.NegotiateProtocolVersion;
import org.turnout.protocol.postgres.message.ProtocolVersion;
import org.turnout.protocol.postgres.message.StartupMessage;

/**
 * What Turnout and a client agree on of what the client asks for.
 *
 * @param version that is spoken
 * @param answer what the client is told when that is not all of what it asked for
 */
record Negotiation(ProtocolVersion version, Optional<NegotiateProtocolVersion> answer) {
  static Negotiation of(StartupMessage message) {
    List<String> unknown =
        message.parameters().keySet().stream()
            .filter(name -> name.startsWith(Client.PROTOCOL_OPTION))
            .toList();
    ProtocolVersion asked = message.version();
    ProtocolVersion version = asked.compareTo(Opening.NEWEST) > 0 ? Opening.NEWEST : asked;
    boolean agreed = version.code() == asked.code() && unknown.isEmpty();
    return new Negotiation(
        version,
        agreed ? Optional.empty() : Optional.of(new NegotiateProtocolVersion(version, unknown)));
  }
}
