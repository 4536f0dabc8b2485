package org.turnout.admin.rest;

import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import org.turnout.config.Secret;

/**
 * Who may call: with a token configured, who sends it; without one (loopback only), every process
 * of this machine, but no page in a browser there.
 */
final class Access {
  private final Optional<Secret> token;

  Access(Optional<Secret> token) {
    this.token = token;
  }

  void check(Context context) throws ProblemException {
    if (token.isPresent() && !matches(token.get(), context.header("Authorization"))) {
      context.header("WWW-Authenticate", "Bearer");
      throw new ProblemException(Problem.unauthorized());
    }
    if (!context.method().name().equals("GET") && fromOtherPage(context)) {
      throw new ProblemException(Problem.crossOrigin());
    }
  }

  private static boolean matches(
      Secret token, @org.jspecify.annotations.Nullable String authorization) {
    byte[] wanted = ("Bearer " + token.reveal()).getBytes(StandardCharsets.UTF_8);
    return authorization != null
        && MessageDigest.isEqual(wanted, authorization.getBytes(StandardCharsets.UTF_8));
  }

  /** Browsers name the page in {@code Origin}; other clients send none. */
  private static boolean fromOtherPage(Context context) {
    String origin = context.header("Origin");
    return origin != null && !origin.equals("http://" + context.header("Host"));
  }
}
