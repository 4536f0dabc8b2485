package org.turnout.proxy.postgres;

import java.util.Map;
import org.turnout.config.Side;
import org.turnout.proxy.tls.ChannelSecurity;

/**
 * The credentials of a client that has proved, against what the primary stores, that it has the
 * role which Turnout's own connections use too: a side whose password for it is configured is
 * opened by that password, so that the two sides need not store the same verifier of it. Immutable.
 */
record OwnRoleCredentials(Credentials byProof, Map<Side, Credentials> byPassword)
    implements Credentials {
  OwnRoleCredentials {
    byPassword = Map.copyOf(byPassword);
  }

  @Override
  public Proof prove(Side side, ChannelSecurity security) {
    return byPassword.getOrDefault(side, byProof).prove(side, security);
  }

  @Override
  public String toString() {
    return "OwnRoleCredentials";
  }
}
