package org.turnout.config;

/** One route: a listener, a protocol, two sides and how they are to be moved. */
public record RouteConfig(
    RouteName name,
    HostPort listen,
    Protocol protocol,
    TlsConfig tls,
    SideConfig blue,
    SideConfig green,
    AuthenticationConfig authentication,
    LimitsConfig limits,
    SyncConfig sync,
    ReadsConfig reads,
    CutoverConfig cutover) {

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
        listen,
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
