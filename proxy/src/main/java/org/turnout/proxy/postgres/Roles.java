package org.turnout.proxy.postgres;

import java.security.SecureRandom;
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
import org.turnout.protocol.postgres.authentication.ScramKeys;
import org.turnout.protocol.postgres.authentication.ScramVerifier;

/**
 * Who may connect, by the means that the route is configured for, and what its proof is worth to
 * the databases. Safe for any thread.
 */
final class Roles {
  private static final int SALT = 16;

  private final RouteConfig route;
  private final AuthenticationConfig config;
  private final Verifiers verifiers;
  private final Executor slow;
  private final MockVerifiers mocks = new MockVerifiers();
  private final Map<String, CompletableFuture<Optional<String>>> ofPasswords =
      new ConcurrentHashMap<>();

  /**
   * @param slow where milliseconds of computing are spent
   */
  Roles(RouteConfig route, Verifiers verifiers, Executor slow) {
    this.route = route;
    this.config = route.authentication();
    this.verifiers = verifiers;
    this.slow = slow;
  }

  /** Whether clients are believed without a proof. */
  boolean areTrusted() {
    return config.method() == AuthenticationConfig.Method.TRUST;
  }

  /** Begins the proof of a role. Fails when the primary's catalogue cannot be read. */
  CompletableFuture<ClientAuthentication> begin(Side primary, String role) {
    CompletableFuture<Optional<String>> stored =
        config.method() == AuthenticationConfig.Method.USERS
            ? ofPassword(role)
            : verifiers.of(primary, role);
    return stored.thenApply(found -> ClientAuthentication.by(found, mocks.of(role)));
  }

  /** The proof was wrong. */
  void failed(Side primary, String role) {
    verifiers.forget(primary, role);
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

  private CompletableFuture<Optional<String>> ofPassword(String role) {
    Secret password = config.users().get(role);
    if (password == null) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    return ofPasswords.computeIfAbsent(
        role, name -> CompletableFuture.supplyAsync(() -> derive(password), slow));
  }

  private static Optional<String> derive(Secret password) {
    byte[] salt = new byte[SALT];
    new SecureRandom().nextBytes(salt);
    ScramVerifier verifier =
        ScramKeys.derive(password.reveal(), salt, MockVerifiers.DEFAULT_ITERATIONS).verifier();
    return Optional.of(verifier.format());
  }
}
