package org.turnout.admin.rest;

import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.turnout.config.Secret;

/**
 * Who may call: with a token configured, who sends it; without one (loopback only), every process
 * of this machine, but no page in a browser there.
 */
final class Access {
  /** {@code localhost} or an address, with or without a port. */
  private static final Pattern THIS_MACHINE =
      Pattern.compile(
          "(localhost|[0-9]{1,3}(\\.[0-9]{1,3}){3}|\\[[0-9a-f:.%]+])(:[0-9]+)?",
          Pattern.CASE_INSENSITIVE);

  private final Optional<Secret> token;

  Access(Optional<Secret> token) {
    this.token = token;
  }

  void check(Context context) throws ProblemException {
    if (token.isPresent() && !matches(token.get(), context.header("Authorization"))) {
      context.header("WWW-Authenticate", "Bearer");
      throw new ProblemException(Problem.unauthorized());
    }
    if (token.isEmpty() && !isThisMachine(context.header("Host"))) {
      throw new ProblemException(Problem.foreignHost());
    }
    if (!context.method().name().equals("GET") && fromOtherPage(context)) {
      throw new ProblemException(Problem.crossOrigin());
    }
  }

  private static boolean matches(Secret token, @Nullable String authorization) {
    byte[] wanted = ("Bearer " + token.reveal()).getBytes(StandardCharsets.UTF_8);
    return authorization != null
        && MessageDigest.isEqual(wanted, authorization.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * A page that has its own name point to the loopback is of the same origin as this server for the
   * browser, but cannot have it send another name than that: so no name is taken that someone else
   * could own.
   */
  private static boolean isThisMachine(@Nullable String host) {
    return host != null && THIS_MACHINE.matcher(host).matches();
  }

  /** Browsers name the page in {@code Origin}; other clients send none. */
  private static boolean fromOtherPage(Context context) {
    String origin = context.header("Origin");
    return origin != null && !origin.equals("http://" + context.header("Host"));
  }
}
