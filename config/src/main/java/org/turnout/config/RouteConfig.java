package org.turnout.config;

import java.util.List;

/**
 * One route: where its clients come in, a protocol, two sides and how they are to be moved.
 *
 * @param listeners at least one
 */
public record RouteConfig(
    RouteName name,
    List<ListenerConfig> listeners,
    Protocol protocol,
    TlsConfig tls,
    SideConfig blue,
    SideConfig green,
    AuthenticationConfig authentication,
    LimitsConfig limits,
    SyncConfig sync,
    ReadsConfig reads,
    CutoverConfig cutover) {

  public RouteConfig {
    listeners = List.copyOf(listeners);
  }

  /** A route whose clients talk in plain text, as many as there are, and read as by default. */
  public RouteConfig(
      RouteName name,
      HostPort listen,
      Protocol protocol,
      SideConfig blue,
      SideConfig green,
      AuthenticationConfig authentication,
      SyncConfig sync,
      CutoverConfig cutover) {
    this(
        name,
        List.of(new ListenerConfig(listen)),
        protocol,
        TlsConfig.NONE,
        blue,
        green,
        authentication,
        LimitsConfig.DEFAULT,
        sync,
        ReadsConfig.DEFAULT,
        cutover);
  }

  /** The configuration of one side. */
  public SideConfig side(Side side) {
    return side == Side.BLUE ? blue : green;
  }
}
