package org.turnout.proxy.session;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.turnout.proxy.backend.Transport;

/**
 * Where a client comes from: what the balancer before Turnout says of it ({@link ProxyHeader}),
 * else the other end of its connection. Limits, logs and views go by this and never by the
 * connection. Safe for any thread.
 */
public final class ClientAddress {
  /** What a server says of clients on its Unix socket. */
  private static final String LOCAL = "[local]";

  private static final AttributeKey<InetSocketAddress> SAID =
      AttributeKey.valueOf(ClientAddress.class, "said");

  private ClientAddress() {}

  /** A balancer that is trusted says where the client comes from. */
  static void say(Channel client, InetSocketAddress address) {
    client.attr(SAID).set(address);
  }

  /** Whether the client is on this machine, at a Unix socket, where nobody can listen in. */
  public static boolean isLocal(Channel client) {
    return Transport.isUnix(client) && !client.hasAttr(SAID);
  }

  /** The address without the port, as text. */
  public static String host(Channel client) {
    return isLocal(client)
        ? LOCAL
        : address(client) instanceof InetSocketAddress internet
            ? internet.getAddress().getHostAddress()
            : String.valueOf(address(client));
  }

  /** The address with the port, for people. */
  public static String text(Channel client) {
    if (isLocal(client)) {
      return LOCAL;
    }
    String text = String.valueOf(address(client));
    return text.startsWith("/") ? text.substring(1) : text;
  }

  private static SocketAddress address(Channel client) {
    InetSocketAddress said = client.hasAttr(SAID) ? client.attr(SAID).get() : null;
    return said == null ? client.remoteAddress() : said;
  }
}
