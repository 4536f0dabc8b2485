package org.turnout.proxy.postgres;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.turnout.protocol.postgres.tls.ServerTrust;

/** The client's end of TLS, by the Java runtime. */
final class TestSockets {
  private TestSockets() {}

  /**
   * TLS over a socket, which believes anyone; its handshake has not begun.
   *
   * @param protocols that it says it means (ALPN)
   */
  static SSLSocket over(Socket socket, String... protocols) throws IOException {
    SSLSocket over =
        (SSLSocket)
            believing()
                .getSocketFactory()
                .createSocket(socket, "localhost", socket.getPort(), true);
    SSLParameters parameters = over.getSSLParameters();
    parameters.setApplicationProtocols(protocols);
    over.setSSLParameters(parameters);
    return over;
  }

  private static SSLContext believing() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {ServerTrust.ofAnyone()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no TLS in this runtime", e);
    }
  }

  static X509Certificate shown(SSLSocket socket) throws Exception {
    return (X509Certificate) socket.getSession().getPeerCertificates()[0];
  }
}
