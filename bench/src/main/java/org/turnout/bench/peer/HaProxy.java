package org.turnout.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * HAProxy that passes bytes on without knowing the protocol, also those of TLS, with its own number
 * of threads.
 */
public record HaProxy(Program program, Path directory) implements PeerSource {
  @Override
  public Peer start(Backend backend) throws IOException, InterruptedException {
    Path home = Files.createTempDirectory(directory, "haproxy-");
    int port = Child.freePort();
    Path file =
        Files.writeString(
            home.resolve("haproxy.cfg"),
            """
            defaults
              mode tcp
              timeout connect 10s
              timeout client 1h
              timeout server 1h
            listen postgres
              bind 127.0.0.1:%d
              server primary %s:%d
            """
                .formatted(port, backend.host(), backend.port()));
    Child child =
        Child.start(
            home,
            false,
            Map.of(),
            List.of(program.file().toString(), "-db", "-f", file.toString()));
    // Behind its version it names its home page, which says nothing here.
    String version = program.firstLine("-v").replaceFirst(" - http.*", "");
    return new StartedPeer(Peer.HAPROXY, version, port, child, StartedPeer.Kind.RELAY);
  }
}
