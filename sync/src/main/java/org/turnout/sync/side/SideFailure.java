package org.turnout.sync.side;

import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.turnout.config.SideConfig;
import org.turnout.config.SocketFile;
import org.turnout.protocol.postgres.tls.ServerTrust;
import org.turnout.protocol.postgres.tls.TlsFileException;

/** Words an operator can act on, from the SQLSTATE of a failure at one side. */
final class SideFailure {
  private SideFailure() {}

  /** What is wrong, where it is the encryption. */
  static Optional<String> ofTls(PostgresSide side, Throwable failure) {
    String where = side.side().word() + ": ";
    String server = "the server at " + side.config().address();
    Optional<String> refusal = ServerTrust.refusal(failure);
    if (refusal.isPresent()) {
      return Optional.of(
          where
              + server
              + " is not believed: "
              + refusal.get()
              + ". Check host, sslmode and sslrootcert in the url.");
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof TlsFileException file) {
        return Optional.of(where + file.getMessage() + ". Correct the url's options.");
      }
      if (cause instanceof SSLException) {
        return Optional.of(
            where
                + "no TLS with "
                + server
                + ". Check that it has TLS (ssl = on) and what it asks of clients. "
                + reply(String.valueOf(cause.getMessage())));
      }
    }
    return Optional.empty();
  }

  static String sentence(
      PostgresSide side, String doing, @Nullable String state, String serverMessage) {
    return side.side().word()
        + ": "
        + cause(side.config(), state == null ? "" : state, doing)
        + " "
        + reply(serverMessage);
  }

  private static String cause(SideConfig config, String state, String doing) {
    String server = "the server at " + config.address();
    String role = "role \"" + config.user() + "\"";
    String database = "database \"" + config.database() + "\"";
    String during = "(while " + doing + ")";
    return switch (state) {
      case "08001", "08004", "08006", "" ->
          "no connection to " + server + " " + during + ". Check that it runs, " + reached(config);
      case "28P01" ->
          "%s refuses the password of %s for %s. Check the password in the configuration."
              .formatted(server, role, database);
      case "28000" ->
          server
              + " does not let "
              + role
              + " into "
              + database
              + ". Check that the role exists, may log in, and that pg_hba.conf admits it from"
              + " here.";
      case "3D000" ->
          "there is no " + database + " at " + config.address() + ". Create it or correct the url.";
      case "42501" ->
          "%s lacks a right in %s at %s %s. Grant it, or use a superuser."
              .formatted(role, database, config.address(), during);
      case "53300" ->
          "%s has no free connection for %s. Raise max_connections or the role's connection limit."
              .formatted(server, role);
      case "53100" ->
          "the disk of %s is full %s. Make room; the sync goes on where it stopped."
              .formatted(server, during);
      case "57P01", "57P02", "57P03" ->
          "%s is shutting down or starting up %s. Wait until it accepts connections."
              .formatted(server, during);
      default ->
          server + ", " + database + ", refused (while " + doing + ", SQLSTATE " + state + ").";
    };
  }

  private static String reached(SideConfig config) {
    return config.address() instanceof SocketFile
        ? "that this is one of its unix_socket_directories and its port, and that Turnout's user"
            + " may use the socket."
        : "that host and port are right and that the network lets Turnout reach it.";
  }

  private static String reply(String serverMessage) {
    return "It says: " + serverMessage.strip().replace('\n', ' ');
  }
}
