package org.turnout.bench.load;

import org.jspecify.annotations.Nullable;

/**
 * Who the clients are, and which database they want.
 *
 * @param password null where the server trusts them
 */
public record Login(String user, String database, @Nullable String password) {
  @Override
  public String toString() {
    return "Login[" + user + " of " + database + "]";
  }
}
