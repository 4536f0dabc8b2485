package org.turnout.proxy.session;

import io.netty.channel.Channel;
import java.net.InetSocketAddress;

/** A balancer's word on where a client comes from, for tests of what follows from it. */
public final class SaidAddress {
  private SaidAddress() {}

  public static void say(Channel client, InetSocketAddress address) {
    ClientAddress.say(client, address);
  }
}
