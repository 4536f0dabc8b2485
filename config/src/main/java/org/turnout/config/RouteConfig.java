package org.turnout.config;

/** One route: a listener, a protocol, two sides and how they are to be moved. */
public record RouteConfig(
    RouteName name,
    HostPort listen,
    Protocol protocol,
    SideConfig blue,
    SideConfig green,
    AuthenticationConfig authentication,
    SyncConfig sync,
    CutoverConfig cutover) {

  /** The configuration of one side. */
  public SideConfig side(Side side) {
    return side == Side.BLUE ? blue : green;
  }
}
