package org.turnout.proxy.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;

/**
 * Which implementation of TLS is used: BoringSSL where the platform has it, which takes about half
 * of the time, else that of the Java runtime.
 */
final class TlsEngine {
  private TlsEngine() {}

  /** The kind whose contexts are freed by themselves once nobody holds them. */
  static SslProvider provider() {
    return OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;
  }
}
