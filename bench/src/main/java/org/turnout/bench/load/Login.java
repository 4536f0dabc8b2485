package org.turnout.bench.load;

import org.jspecify.annotations.Nullable;

/**
 * Who the clients are, which database they want, and how they come.
 *
 * @param password null where the server trusts them
 * @param encrypted whether they insist on TLS; else they never ask for it
 */
public record Login(String user, String database, @Nullable String password, boolean encrypted) {
  /** Of clients that come in plain text. */
  public Login(String user, String database, @Nullable String password) {
    this(user, database, password, false);
  }

  /** The same clients over TLS. */
  public Login overTls() {
    return new Login(user, database, password, true);
  }

  @Override
  public String toString() {
    return "Login[" + user + " of " + database + (encrypted ? " over TLS]" : "]");
  }
}
