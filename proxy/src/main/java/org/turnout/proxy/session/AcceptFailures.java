package org.turnout.proxy.session;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.turnout.config.RouteName;

/**
 * Says why a route's listener cannot take a client, at the end of its pipeline. The listener itself
 * waits a second then and tries again. Confined to the listener's event loop.
 */
final class AcceptFailures extends ChannelInboundHandlerAdapter {
  private static final SparingLog LOG =
      new SparingLog(LoggerFactory.getLogger(AcceptFailures.class));

  private final RouteName route;

  AcceptFailures(RouteName route) {
    this.route = route;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.write(
        Level.ERROR,
        "route {}: no client can be taken now: {}; raise the limit of the system that is named, or"
            + " set limits.maxSessions below it",
        route,
        String.valueOf(cause.getMessage()));
  }
}
