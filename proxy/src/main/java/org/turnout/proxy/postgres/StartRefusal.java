package org.turnout.proxy.postgres;

import io.netty.channel.Channel;
import java.util.Optional;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.StartupMessage;

/**
 * Why a client is refused before it is asked who it is, in the server's words where it has some.
 */
final class StartRefusal {
  /** {@code too_many_connections}. */
  private static final String TOO_MANY = "53300";

  private StartRefusal() {}

  /** By what it asks for. */
  static Optional<ErrorResponse> of(StartupMessage asked, PostgresTraffic traffic) {
    String refusal = traffic.refusal();
    String user = asked.user();
    if (refusal != null) {
      return refused("57P03", refusal);
    }
    if (user == null || user.isEmpty()) {
      return refused("28000", "no PostgreSQL user name specified in startup packet");
    }
    if (traffic.database().equals(asked.database()) || Client.isPhysicalReplication(asked)) {
      return Optional.empty();
    }
    // It would not be moved, and be lost to its clients with the change of primary.
    return refused(
        "3D000",
        "this is the way to the database \"%s\" only, not to \"%s\""
            .formatted(traffic.database(), asked.database()));
  }

  /** By how many there are; counts the client if it is not refused. */
  static Optional<ErrorResponse> ofLimits(Channel client, PostgresTraffic traffic) {
    return traffic
        .admission()
        .admit(client)
        .flatMap(
            limit ->
                switch (limit) {
                  case ROUTE -> refused(TOO_MANY, "sorry, too many clients already");
                  case ADDRESS -> refused(TOO_MANY, "too many connections from this address");
                });
  }

  private static Optional<ErrorResponse> refused(String sqlState, String message) {
    return Optional.of(ErrorResponse.fatal(sqlState, message));
  }
}
