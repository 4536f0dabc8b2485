package org.turnout.config;

import java.time.Duration;
import java.util.Map;

/**
 * How clients of a route prove who they are.
 *
 * @param method where the proof comes from
 * @param users role to password, for {@link Method#USERS}; for {@link Method#CERTIFICATE} what
 *     opens the backends of a role
 * @param names common name of a certificate to role, for {@link Method#CERTIFICATE}; a name that is
 *     not here stands for the role of that name
 * @param timeout how long a client may take to prove who it is
 */
public record AuthenticationConfig(
    Method method, Map<String, Secret> users, Map<String, String> names, Duration timeout) {
  /** As long as a server gives its clients. */
  public static final Duration TIMEOUT = Duration.ofSeconds(60);

  public AuthenticationConfig {
    users = Map.copyOf(users);
    names = Map.copyOf(names);
  }

  public AuthenticationConfig(Method method, Map<String, Secret> users) {
    this(method, users, Map.of(), TIMEOUT);
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
