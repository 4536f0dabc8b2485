package org.turnout.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.turnout.bench.load.Login;
import org.turnout.bench.load.StandIn;

/**
 * PgBouncer in session mode: one connection to the database for each client, as Turnout has it. It
 * ends the TLS of clients and goes on in plain text, as Turnout is set up to here.
 */
public record PgBouncer(Program program, Path directory, OwnCertificate certificate)
    implements PeerSource {
  @Override
  public Peer start(Backend backend) throws IOException, InterruptedException {
    Path home = Files.createTempDirectory(directory, "pgbouncer-");
    int port = Child.freePort();
    Path users = Files.writeString(home.resolve("users.txt"), users(backend.client()));
    OwnCertificate own = certificate.copyTo(home);
    Path file =
        Files.writeString(home.resolve("pgbouncer.ini"), configuration(backend, port, users, own));
    Child.give(home, users, file, own.certificate(), own.key());
    Child child =
        Child.start(
            home, true, Map.of(), List.of(program.file().toString(), "-q", file.toString()));
    return new StartedPeer(
        Peer.PGBOUNCER, program.firstLine("--version"), port, child, StartedPeer.Kind.NATIVE);
  }

  /** The password opens the database; the clients are trusted. */
  private static String users(Login client) {
    String password = client.password() == null ? "" : client.password();
    String format = "\"%s\" \"%s\"\n";
    String quoted = password.replace("\"", "\"\"");
    return format.formatted(client.user().replace("\"", "\"\""), quoted)
        + format.formatted(StandIn.USER, quoted);
  }

  private static String configuration(Backend backend, int port, Path users, OwnCertificate own) {
    return """
    [databases]
    * = host=%s port=%d
    [pgbouncer]
    listen_addr = 127.0.0.1
    listen_port = %d
    unix_socket_dir =
    auth_type = trust
    auth_file = %s
    pool_mode = session
    max_client_conn = 9900
    default_pool_size = 9900
    ignore_startup_parameters = extra_float_digits
    client_tls_sslmode = allow
    client_tls_cert_file = %s
    client_tls_key_file = %s
    server_tls_sslmode = disable
    log_connections = 0
    log_disconnections = 0
    """
        .formatted(backend.host(), backend.port(), port, users, own.certificate(), own.key());
  }
}
