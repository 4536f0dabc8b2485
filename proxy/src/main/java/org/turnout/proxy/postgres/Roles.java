package org.turnout.proxy.postgres;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.turnout.config.AuthenticationConfig;
import org.turnout.config.RouteConfig;
import org.turnout.config.Secret;
import org.turnout.config.Side;
import org.turnout.config.SideConfig;
import org.turnout.protocol.postgres.authentication.MockVerifiers;
import org.turnout.proxy.tls.ChannelSecurity;

/**
 * Who may connect, by the means that the route is configured for, and what its proof is worth to
 * the databases. Safe for any thread.
 */
final class Roles {
  private final RouteConfig route;
  private final AuthenticationConfig config;
  private final Verifiers verifiers;
  private final Executor slow;
  private final MockVerifiers mocks;
  private final Map<String, CompletableFuture<Optional<String>>> ofPasswords =
      new ConcurrentHashMap<>();

  /**
   * @param mocks the verifiers of roles that are not there
   * @param slow where milliseconds of computing are spent
   */
  Roles(RouteConfig route, Verifiers verifiers, MockVerifiers mocks, Executor slow) {
    this.route = route;
    this.config = route.authentication();
    this.verifiers = verifiers;
    this.mocks = mocks;
    this.slow = slow;
  }

  /** What becomes of a client that says it has a role. */
  Entrance admit(Side primary, String role, ChannelSecurity security) {
    return switch (config.method()) {
      case TRUST -> new Entrance.Believed(PasswordCredentials.none());
      case SCRAM -> new Entrance.Asked(prove(verifiers.of(primary, role), role, security));
      case USERS -> new Entrance.Asked(prove(ofPassword(role), role, security));
      case PASSWORD ->
          new Entrance.Asked(
              CompletableFuture.completedFuture(
                  ClientAuthentication.byPassword(
                      password -> PasswordCredentials.byPassword(role, password, slow))));
      case CERTIFICATE -> byCertificate(role, security);
    };
  }

  private CompletableFuture<ClientAuthentication> prove(
      CompletableFuture<Optional<String>> stored, String role, ChannelSecurity security) {
    return stored.thenApply(found -> ClientAuthentication.by(found, mocks.of(role), security));
  }

  private Entrance byCertificate(String role, ChannelSecurity security) {
    boolean isNamed =
        security
            .otherName()
            .filter(name -> config.names().getOrDefault(name, name).equals(role))
            .isPresent();
    if (!isNamed) {
      return new Entrance.Refused(
          "28000", "certificate authentication failed for user \"" + role + "\"");
    }
    Secret password = config.users().get(role);
    return new Entrance.Believed(
        password == null
            ? PasswordCredentials.none()
            : PasswordCredentials.byPassword(role, password, slow));
  }

  /** What opens the backends of a role that has proved itself. */
  Credentials credentials(String role, Credentials byProof) {
    return switch (config.method()) {
      case TRUST, PASSWORD, CERTIFICATE -> byProof;
      case SCRAM -> ofOwnRole(role, byProof);
      case USERS -> {
        Secret password = config.users().get(role);
        yield password == null ? byProof : PasswordCredentials.byPassword(role, password, slow);
      }
    };
  }

  private Credentials ofOwnRole(String role, Credentials byProof) {
    Map<Side, Credentials> byPassword = new EnumMap<>(Side.class);
    for (Side side : Side.values()) {
      SideConfig own = route.side(side);
      if (own.user().equals(role)) {
        own.password()
            .ifPresent(
                password ->
                    byPassword.put(side, PasswordCredentials.byPassword(role, password, slow)));
      }
    }
    return byPassword.isEmpty() ? byProof : new OwnRoleCredentials(byProof, byPassword);
  }

  /**
   * The verifier of a role's password. All are computed before the first answer: a role that has
   * none would be known by being answered sooner.
   */
  private CompletableFuture<Optional<String>> ofPassword(String role) {
    config
        .users()
        .forEach(
            (name, password) ->
                ofPasswords.computeIfAbsent(
                    name,
                    key -> CompletableFuture.supplyAsync(() -> derive(name, password), slow)));
    return CompletableFuture.allOf(ofPasswords.values().toArray(CompletableFuture[]::new))
        .thenCompose(
            all ->
                ofPasswords.getOrDefault(
                    role, CompletableFuture.completedFuture(Optional.empty())));
  }

  /** With the salt that the role has if it is none: it tells nobody which roles exist. */
  private Optional<String> derive(String role, Secret password) {
    return Optional.of(mocks.ofPassword(role, password.reveal()).format());
  }
}
