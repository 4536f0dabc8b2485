package org.turnout.proxy.postgres;

import io.netty.channel.Channel;
import java.util.Optional;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.StartupMessage;
import org.turnout.proxy.session.ClientAddress;
import org.turnout.proxy.tls.ChannelSecurity;
import org.turnout.proxy.tls.ClientTls;

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
    return user == null || user.isEmpty()
        ? refused("28000", "no PostgreSQL user name specified in startup packet")
        : Optional.empty();
  }

  /**
   * By the encryption of its connection, in the words of a server's rules of access. As there, a
   * client on a Unix socket needs none.
   */
  static Optional<ErrorResponse> ofSecurity(
      Channel client, StartupMessage asked, PostgresTraffic traffic) {
    if (ClientAddress.isLocal(client)) {
      return Optional.empty();
    }
    ChannelSecurity security = ChannelSecurity.of(client);
    if (traffic.mustEncrypt() && !security.isEncrypted()) {
      return refused("28000", noEntry(client, asked));
    }
    boolean needsCertificate = traffic.tls().filter(ClientTls::requiresCertificate).isPresent();
    return needsCertificate && !security.hasOtherCertificate()
        ? refused("28000", "connection requires a valid client certificate")
        : Optional.empty();
  }

  private static String noEntry(Channel client, StartupMessage asked) {
    String from = ClientAddress.host(client);
    return Client.isPhysicalReplication(asked)
        ? "no pg_hba.conf entry for replication connection from host \"%s\", user \"%s\", no encryption"
            .formatted(from, asked.user())
        : "no pg_hba.conf entry for host \"%s\", user \"%s\", database \"%s\", no encryption"
            .formatted(from, asked.user(), asked.database());
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
