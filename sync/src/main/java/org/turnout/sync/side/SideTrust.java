package org.turnout.sync.side;

import java.util.Optional;
import org.turnout.config.Secret;
import org.turnout.config.SideConfig;
import org.turnout.config.SideTls;
import org.turnout.protocol.postgres.tls.KeyAndCertificates;
import org.turnout.protocol.postgres.tls.PemFile;
import org.turnout.protocol.postgres.tls.ServerTrust;
import org.turnout.protocol.postgres.tls.TlsFileException;

/**
 * Whom a side's configuration believes and what it shows, the same for the connections of sessions
 * and for Turnout's own. Reads the files each time.
 */
public final class SideTrust {
  private SideTrust() {}

  /** Whose certificates are believed; any, where no authority is named. */
  public static ServerTrust of(SideConfig side) throws TlsFileException {
    String host = side.address().host();
    return switch (side.tls().roots()) {
      case SideTls.Roots.None() -> ServerTrust.ofAnyone();
      case SideTls.Roots.System() -> ServerTrust.ofSystem(host);
      case SideTls.Roots.File(var path) ->
          ServerTrust.of(
              PemFile.read(path).certificates(),
              side.tls().verifiesHost() ? Optional.of(host) : Optional.empty());
    };
  }

  /** What Turnout shows to the server, if anything. */
  public static Optional<KeyAndCertificates> identity(SideConfig side) throws TlsFileException {
    if (side.tls().identity().isEmpty()) {
      return Optional.empty();
    }
    var identity = side.tls().identity().get();
    return Optional.of(
        KeyAndCertificates.read(
            identity.certificate(), identity.key(), identity.keyPassword().map(Secret::reveal)));
  }
}
