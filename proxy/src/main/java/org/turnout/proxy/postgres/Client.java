package org.turnout.proxy.postgres;

import io.netty.channel.Channel;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.turnout.protocol.postgres.message.ProtocolVersion;
import org.turnout.protocol.postgres.message.StartupMessage;
import org.turnout.proxy.session.ClientAddress;

/**
 * A client that has proved who it is.
 *
 * @param version of the protocol with the client
 * @param startup what every backend of its session is started with
 * @param credentials what every backend of its session is opened with
 */
record Client(
    Channel channel, ProtocolVersion version, StartupMessage startup, Credentials credentials) {
  private static final String REPLICATION = "replication";

  /** What the names of options of the protocol with Turnout itself begin with. */
  static final String PROTOCOL_OPTION = "_pq_.";

  /** The client as it named itself, without what concerns only the protocol with Turnout. */
  static Client of(
      Channel channel, ProtocolVersion version, StartupMessage asked, Credentials credentials) {
    Map<String, String> parameters = new LinkedHashMap<>(asked.parameters());
    parameters.keySet().removeIf(name -> name.startsWith(PROTOCOL_OPTION));
    return new Client(
        channel, version, new StartupMessage(ProtocolVersion.V3_0, parameters), credentials);
  }

  String user() {
    return startup.parameters().getOrDefault("user", "");
  }

  String database() {
    String database = startup.database();
    return database == null ? "" : database;
  }

  String application() {
    return startup.parameters().getOrDefault("application_name", "");
  }

  String address() {
    return ClientAddress.text(channel);
  }

  /** Whether it asks for the replication protocol, which is passed on without being followed. */
  boolean isReplication() {
    return isReplication(startup);
  }

  static boolean isReplication(StartupMessage startup) {
    String value = startup.parameters().get(REPLICATION);
    return value != null && !isFalse(value);
  }

  /** Whether it asks for the log of the whole server, of whatever database it names. */
  static boolean isPhysicalReplication(StartupMessage startup) {
    String value = startup.parameters().get(REPLICATION);
    return value != null && !value.equals("database") && !isFalse(value);
  }

  /** As the server reads a Boolean; a prefix of {@code false}, {@code off} or {@code no}, or 0. */
  private static boolean isFalse(String value) {
    String lower = value.toLowerCase(Locale.ROOT);
    if (lower.isEmpty() || lower.equals("o")) {
      return false;
    }
    return lower.equals("0")
        || "false".startsWith(lower)
        || "no".startsWith(lower)
        || "off".startsWith(lower);
  }
}
