package org.turnout.proxy.postgres;

import java.net.Socket;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.turnout.protocol.postgres.tls.ServerTrust;

/** The client's end of TLS, by the Java runtime. */
final class TestSockets {
  private TestSockets() {}

  /** TLS over a socket, which believes anyone; its handshake has not begun. */
  static SSLSocket over(Socket socket) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {ServerTrust.ofAnyone()}, null);
    return (SSLSocket)
        context.getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true);
  }

  static X509Certificate shown(SSLSocket socket) throws Exception {
    return (X509Certificate) socket.getSession().getPeerCertificates()[0];
  }
}
