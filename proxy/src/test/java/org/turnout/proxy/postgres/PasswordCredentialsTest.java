package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.X509Bundle;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.turnout.config.Secret;
import org.turnout.config.Side;
import org.turnout.protocol.postgres.authentication.AuthenticationException;
import org.turnout.protocol.postgres.message.Authentication;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.SaslInitialResponse;
import org.turnout.proxy.tls.ChannelSecurity;

/** Which of the mechanisms that a server offers is taken. */
class PasswordCredentialsTest {
  private static final String PLAIN = "SCRAM-SHA-256";
  private static final String PLUS = "SCRAM-SHA-256-PLUS";

  private final Credentials credentials =
      PasswordCredentials.byPassword("app", new Secret("secret"), Runnable::run);

  @Test
  void bindsTheExchangeWhereTheServerOffersIt() throws Exception {
    assertThat(first(encrypted(), PLUS, PLAIN))
        .satisfies(
            initial -> {
              assertThat(initial.mechanism()).isEqualTo(PLUS);
              assertThat(initial.data()).startsWith("p=tls-server-end-point,,");
            });
  }

  @Test
  void tellsTheServerThatItWouldHaveBound() throws Exception {
    assertThat(first(encrypted(), PLAIN).data()).startsWith("y,,");
  }

  @Test
  void bindsNothingWithoutTls() {
    SaslInitialResponse initial = first(ChannelSecurity.PLAIN, PLAIN);

    assertThat(initial.mechanism()).isEqualTo(PLAIN);
    assertThat(initial.data()).startsWith("n,,");
  }

  @Test
  void saysWhatItWasOfferedWhereNothingFits() {
    assertThatThrownBy(() -> first(ChannelSecurity.PLAIN, PLUS))
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(AuthenticationException.class)
        .hasMessageContaining("it offers only [SCRAM-SHA-256-PLUS]");
  }

  private SaslInitialResponse first(ChannelSecurity security, String... mechanisms) {
    FrontendMessage answer =
        credentials
            .prove(Side.BLUE, security)
            .answer(new Authentication.Sasl(List.of(mechanisms)))
            .join()
            .orElseThrow();
    return (SaslInitialResponse) answer;
  }

  private static ChannelSecurity encrypted() throws Exception {
    X509Bundle server =
        TestCertificates.localhost().setIsCertificateAuthority(true).buildSelfSigned();
    X509Certificate certificate = server.getCertificate();
    return ChannelSecurity.encrypted(Optional.empty(), Optional.of(certificate));
  }
}
