package org.turnout.bench.peer;

import java.net.InetSocketAddress;
import org.turnout.bench.load.Login;

/**
 * The database that everything leads to.
 *
 * @param client as whom the load comes, and with which password
 */
public record Backend(InetSocketAddress address, Login client) {
  String host() {
    return address.getHostString();
  }

  int port() {
    return address.getPort();
  }
}
