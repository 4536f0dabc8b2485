package org.turnout.bench.measure;

import org.turnout.bench.load.Generator;
import org.turnout.bench.load.LoadException;
import org.turnout.bench.load.Login;
import org.turnout.bench.load.Operations;
import org.turnout.bench.load.SessionPool;
import org.turnout.bench.peer.Peer;

/** Looks at how the targets encrypt. Used by the measuring thread. */
record TlsLook(Generator generator, Login login) {
  /**
   * Who ends the TLS of a target's clients, and what the two ends agree on.
   *
   * @throws LoadException when it does not speak TLS
   */
  String at(Peer peer) throws LoadException, InterruptedException {
    try (SessionPool one =
        generator.open(peer.address(), login.overTls(), Operations.nothing(), 1)) {
      return peer.tlsEnd() + ": " + one.encryption().orElseThrow();
    }
  }
}
