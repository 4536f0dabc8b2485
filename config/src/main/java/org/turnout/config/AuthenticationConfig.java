package org.turnout.config;

import java.util.Map;

/**
 * How clients of a route prove who they are.
 *
 * @param method where the proof comes from
 * @param users role to password, for {@link Method#USERS}; for {@link Method#CERTIFICATE} what
 *     opens the backends of a role
 * @param names common name of a certificate to role, for {@link Method#CERTIFICATE}; a name that is
 *     not here stands for the role of that name
 */
public record AuthenticationConfig(
    Method method, Map<String, Secret> users, Map<String, String> names) {
  public AuthenticationConfig {
    users = Map.copyOf(users);
    names = Map.copyOf(names);
  }

  public AuthenticationConfig(Method method, Map<String, Secret> users) {
    this(method, users, Map.of());
  }

  /** The means of authentication. */
  public enum Method {
    /**
     * By the verifier that the primary holds, SCRAM-SHA-256 or MD5; the same proof opens the
     * backends.
     */
    SCRAM,
    /** SCRAM-SHA-256 against the passwords of the configuration, which also open the backends. */
    USERS,
    /**
     * The password in clear text, over TLS only; the backend judges it, by whatever means it has.
     */
    PASSWORD,
    /**
     * The client's certificate names the role, and the backends are opened by the password in the
     * configuration, or must trust Turnout.
     */
    CERTIFICATE,
    /** Nothing is asked: the backends must trust Turnout too. */
    TRUST
  }
}
