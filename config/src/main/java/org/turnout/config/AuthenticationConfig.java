package org.turnout.config;

import java.util.Map;

/**
 * How clients of a route prove who they are.
 *
 * @param method where the proof comes from
 * @param users role to password, for {@link Method#USERS}
 */
public record AuthenticationConfig(Method method, Map<String, Secret> users) {
  public AuthenticationConfig {
    users = Map.copyOf(users);
  }

  /** The means of authentication. */
  public enum Method {
    /**
     * SCRAM-SHA-256 against the verifier that the primary holds; the same proof opens the backends.
     */
    SCRAM,
    /** SCRAM-SHA-256 against the passwords of the configuration, which also open the backends. */
    USERS,
    /** Nothing is asked: the backends must trust Turnout too. */
    TRUST
  }
}
