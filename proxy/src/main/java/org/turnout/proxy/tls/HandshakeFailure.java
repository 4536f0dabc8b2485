package org.turnout.proxy.tls;

import java.security.SignatureException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import org.jspecify.annotations.Nullable;

/** Why a client's TLS handshake has failed, in words for the log. Stateless. */
public final class HandshakeFailure {
  private HandshakeFailure() {}

  /**
   * The reason, of the causes of what the engine failed with: that itself may only say that there
   * was a problem.
   */
  public static String reason(Throwable failure) {
    Throwable deepest = failure;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String certificate = ofCertificate(cause);
      if (certificate != null) {
        return certificate;
      }
      deepest = cause;
    }
    return String.valueOf(deepest.getMessage());
  }

  private static @Nullable String ofCertificate(Throwable cause) {
    return switch (cause) {
      case CertificateExpiredException e ->
          "the client's certificate, or one that it rests on, has expired (" + e.getMessage() + ")";
      case CertificateNotYetValidException e ->
          "the client's certificate is not valid yet (" + e.getMessage() + ")";
      case CertPathBuilderException e ->
          "the client's certificate is of no authority that clientCa names";
      case SignatureException e ->
          "the client's certificate is of no authority that clientCa names";
      default -> null;
    };
  }
}
