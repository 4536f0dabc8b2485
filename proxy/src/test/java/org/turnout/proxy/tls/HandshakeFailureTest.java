package org.turnout.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Why handshakes fail in which a client shows a certificate that is not taken. */
class HandshakeFailureTest {
  private static CertificateBuilder named(String name) {
    return new CertificateBuilder().algorithm(CertificateBuilder.Algorithm.ecp256).subject(name);
  }

  private static X509Bundle authority() throws Exception {
    return named("CN=authority").setIsCertificateAuthority(true).buildSelfSigned();
  }

  /** What the server's end of a handshake fails with. */
  private static String reason(X509Bundle authority, X509Bundle client) throws Exception {
    X509Bundle own = named("CN=server").buildIssuedBy(authority);
    SslContext server =
        SslContextBuilder.forServer(own.toKeyManagerFactory())
            .sslProvider(TlsEngine.provider())
            .trustManager(authority.getCertificate())
            .clientAuth(ClientAuth.OPTIONAL)
            .build();
    SslContext visitor =
        SslContextBuilder.forClient()
            .sslProvider(TlsEngine.provider())
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .keyManager(client.toKeyManagerFactory())
            .build();
    EmbeddedChannel there = new EmbeddedChannel();
    EmbeddedChannel here = new EmbeddedChannel();
    SslHandler judge = server.newHandler(there.alloc());
    there.pipeline().addLast(judge);
    here.pipeline().addLast(visitor.newHandler(here.alloc()));
    while (!judge.handshakeFuture().isDone()) {
      pass(here, there);
      pass(there, here);
    }
    there.close();
    here.close();
    there.releaseInbound();
    there.releaseOutbound();
    here.releaseOutbound();
    return HandshakeFailure.reason(judge.handshakeFuture().cause());
  }

  private static void pass(EmbeddedChannel from, EmbeddedChannel to) {
    from.runPendingTasks();
    for (Object bytes = from.readOutbound(); bytes != null; bytes = from.readOutbound()) {
      try {
        to.writeInbound(bytes);
      } catch (Exception refused) {
        // It is what the handshake fails with, which is asked for that.
        assertThat(refused).isNotNull();
      }
    }
  }

  @Test
  void oneThatHasExpiredIsSaidToHave() throws Exception {
    X509Bundle authority = authority();
    Instant past = Instant.parse("2025-01-01T00:00:00Z");
    X509Bundle expired =
        named("CN=client")
            .notBefore(past)
            .notAfter(past.plusSeconds(86_400))
            .buildIssuedBy(authority);

    assertThat(reason(authority, expired)).contains("the client's certificate", "has expired");
  }

  @Test
  void oneOfAnotherAuthorityIsSaidToBe() throws Exception {
    X509Bundle stranger = named("CN=client").buildIssuedBy(authority());

    assertThat(reason(authority(), stranger)).contains("is of no authority that clientCa names");
  }

  @Test
  void whatIsNoHandshakeIsSaidInTheWordsOfTheEngine() {
    assertThat(
            HandshakeFailure.reason(new IllegalStateException(new IllegalArgumentException("x"))))
        .isEqualTo("x");
  }
}
