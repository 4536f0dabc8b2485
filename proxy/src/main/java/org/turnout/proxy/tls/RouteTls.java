package org.turnout.proxy.tls;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.turnout.config.RouteConfig;
import org.turnout.config.Side;
import org.turnout.config.TlsConfig;
import org.turnout.protocol.postgres.tls.TlsFileException;

/** TLS of a route: to its clients, if it has any, and to its two sides. Safe for any thread. */
public final class RouteTls {
  private final Optional<ClientTls> clients;
  private final Map<Side, SideEncryption> sides;

  private RouteTls(Optional<ClientTls> clients, Map<Side, SideEncryption> sides) {
    this.clients = clients;
    this.sides = sides;
  }

  /**
   * Reads all certificates and keys of a route.
   *
   * @param application the name of the route's protocol in TLS (ALPN)
   * @throws TlsFileException when one cannot be used
   */
  public static RouteTls load(RouteConfig route, String application) throws TlsFileException {
    Optional<ClientTls> clients = Optional.empty();
    if (route.tls().mode() != TlsConfig.Mode.DISABLE) {
      clients = Optional.of(ClientTls.load(route.name().value(), route.tls(), application));
    }
    Map<Side, SideEncryption> sides = new EnumMap<>(Side.class);
    for (Side side : Side.values()) {
      sides.put(
          side,
          SideEncryption.load(
              "route " + route.name() + ", " + side.word(), route.side(side), application));
    }
    return new RouteTls(clients, sides);
  }

  /** Empty where clients talk in plain text. */
  public Optional<ClientTls> clients() {
    return clients;
  }

  public SideEncryption side(Side side) {
    SideEncryption encryption = sides.get(side);
    if (encryption == null) {
      throw new IllegalStateException("every side has one");
    }
    return encryption;
  }

  /** Uses files anew that have changed. May block. */
  public void check() {
    clients.ifPresent(ClientTls::check);
    sides.values().forEach(SideEncryption::check);
  }
}
