package org.turnout.protocol.postgres.authentication;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.protocol.postgres.ProtocolException;

/** The exchange of RFC 7677 section 3, and what may go wrong in one. */
class ScramTest {
  private static final String PASSWORD = "pencil";
  private static final byte[] SALT = Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==");
  private static final String CLIENT_NONCE = "rOprNGfwEbeRWgbNEkqO";
  private static final String SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  private static final String CLIENT_FIRST = "n,,n=user,r=" + CLIENT_NONCE;
  private static final String SERVER_FIRST =
      "r=" + CLIENT_NONCE + SERVER_NONCE + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
  private static final String CLIENT_FINAL =
      "c=biws,r=" + CLIENT_NONCE + SERVER_NONCE + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
  private static final String SERVER_FINAL = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

  /** Of some certificate. */
  private static final byte[] HASH = "0123456789abcdef0123456789abcdef".getBytes(UTF_8);

  private final ScramKeys keys = ScramKeys.derive(PASSWORD, SALT, 4096);

  @Test
  void theClientSaysWhatTheRfcSays() throws Exception {
    ScramClient client =
        ScramClient.byPassword(PASSWORD, ChannelBinding.NONE, "user", CLIENT_NONCE);

    assertThat(client.first()).isEqualTo(CLIENT_FIRST);
    assertThat(client.answer(SERVER_FIRST)).isEqualTo(CLIENT_FINAL);
    client.verify(SERVER_FINAL);
  }

  @Test
  void theServerSaysWhatTheRfcSaysAndRecoversTheKeys() throws Exception {
    ScramServer server = new ScramServer(keys.verifier(), Optional.empty(), SERVER_NONCE);

    assertThat(server.challenge(ScramServer.MECHANISM, CLIENT_FIRST)).isEqualTo(SERVER_FIRST);
    ScramServer.Accepted accepted = server.finish(CLIENT_FINAL).orElseThrow();
    assertThat(accepted.serverFinal()).isEqualTo(SERVER_FINAL);
    assertThat(accepted.keys()).isEqualTo(keys);
  }

  @Test
  void oneProofOpensEveryServerWithTheSameVerifier() throws Exception {
    ScramKeys proved =
        exchange(ScramClient.byPassword(PASSWORD, ChannelBinding.NONE), keys.verifier())
            .orElseThrow();

    assertThat(exchange(ScramClient.byKeys(proved, ChannelBinding.NONE), keys.verifier()))
        .contains(keys);
  }

  @Test
  void keysDoNotOpenAServerWithAnotherVerifierWhichRefusesThemInItsOwnWords() throws Exception {
    ScramVerifier other = ScramKeys.derive(PASSWORD, new byte[16], 4096).verifier();
    ScramClient client = ScramClient.byKeys(keys, ChannelBinding.NONE);

    assertThat(exchange(client, other)).isEmpty();
    assertThat(client.isHopeless()).isTrue();
    ScramClient right = ScramClient.byKeys(keys, ChannelBinding.NONE);
    exchange(right, keys.verifier());
    assertThat(right.isHopeless()).isFalse();
  }

  @Test
  void aWrongPasswordIsRefusedWithoutAnException() throws Exception {
    assertThat(exchange(ScramClient.byPassword("pencils", ChannelBinding.NONE), keys.verifier()))
        .isEmpty();
  }

  @Test
  void aProofIsTakenOnce() throws Exception {
    ScramServer server = new ScramServer(keys.verifier(), Optional.empty(), SERVER_NONCE);
    server.challenge(ScramServer.MECHANISM, CLIENT_FIRST);
    server.finish(CLIENT_FINAL);

    assertThatThrownBy(() -> server.finish(CLIENT_FINAL)).isInstanceOf(ProtocolException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "n",
        "n,,",
        "n,,n=",
        "n,,n=,r=",
        "n,,r=abc",
        "n,,n=,r=a b",
        "n,,n=,r=\u00e9",
        "n,,m=x,n=,r=abc",
        "n,a=admin,n=,r=abc",
        "p=tls-server-end-point,,n=,r=abc",
        "x,,n=,r=abc"
      })
  void aMalformedFirstMessageIsRefused(String clientFirst) {
    assertThatThrownBy(
            () ->
                new ScramServer(keys.verifier(), Optional.empty())
                    .challenge(ScramServer.MECHANISM, clientFirst))
        .isInstanceOf(ProtocolException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "c=biws",
        "c=eSws,r=NONCES,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        "c=biws,r=wrong,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        "c=biws,r=NONCES",
        "c=biws,r=NONCES,p=",
        "c=biws,r=NONCES,p=AAAA",
        "c=biws,r=NONCES,p=%%%%",
        "c=biws,r=NONCES,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=,x=1"
      })
  void aMalformedFinalMessageIsRefused(String clientFinal) throws Exception {
    ScramServer server = new ScramServer(keys.verifier(), Optional.empty(), SERVER_NONCE);
    server.challenge(ScramServer.MECHANISM, CLIENT_FIRST);

    assertThatThrownBy(
            () -> server.finish(clientFinal.replace("NONCES", CLIENT_NONCE + SERVER_NONCE)))
        .isInstanceOf(ProtocolException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "r=rOprNGfwEbeRWgbNEkqOx,s=%,i=4096",
        "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0",
        "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-1",
        "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2000000000",
        "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=x"
      })
  void aMalformedChallengeIsRefused(String serverFirst) {
    ScramClient client =
        ScramClient.byPassword(PASSWORD, ChannelBinding.NONE, "user", CLIENT_NONCE);

    assertThatThrownBy(() -> client.answer(serverFirst)).isInstanceOf(ProtocolException.class);
  }

  @Test
  void aServerThatDoesNotKnowTheVerifierIsNotBelieved() throws Exception {
    ScramClient client =
        ScramClient.byPassword(PASSWORD, ChannelBinding.NONE, "user", CLIENT_NONCE);
    assertThatThrownBy(() -> client.verify(SERVER_FINAL)).isInstanceOf(ProtocolException.class);
    client.answer(SERVER_FIRST);

    assertThatThrownBy(() -> client.verify("v=AAAA")).isInstanceOf(AuthenticationException.class);
    assertThatThrownBy(() -> client.verify("e=other-error"))
        .isInstanceOf(AuthenticationException.class)
        .hasMessageContaining("other-error");
  }

  @Test
  void aVerifierIsReadAsTheServerStoresIt() {
    String stored =
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
            + "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
            + "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

    assertThat(ScramVerifier.parse(stored)).contains(keys.verifier());
    assertThat(keys.verifier().format()).isEqualTo(stored);
    assertThat(keys.verifier().toString()).doesNotContain("WG5d");
    assertThat(keys.toString()).isEqualTo("ScramKeys[…]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "md5a6343a68d964ca596d9752250d54bb8a",
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==",
        "SCRAM-SHA-256$0:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
        "SCRAM-SHA-256$x:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
        "SCRAM-SHA-256$4096:%$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$AAAA:AAAA"
      })
  void whatIsNoVerifierIsNotRead(String stored) {
    assertThat(ScramVerifier.parse(stored)).isEmpty();
  }

  @Test
  void aMockExchangeLooksLikeARealOneAndNeverSucceeds() throws Exception {
    byte[] secret = {1, 2, 3};
    MockVerifiers mocks = new MockVerifiers(secret, "shop");

    assertThat(mocks.of("ghost")).isEqualTo(mocks.of("ghost")).isNotEqualTo(mocks.of("other"));
    assertThat(mocks.of("ghost")).isEqualTo(new MockVerifiers(secret, "shop").of("ghost"));
    assertThat(mocks.of("ghost")).isNotEqualTo(new MockVerifiers(secret, "other").of("ghost"));
    assertThat(mocks.of("ghost"))
        .isNotEqualTo(new MockVerifiers(new byte[] {1, 2, 4}, "shop").of("ghost"));
    assertThat(mocks.ofPassword("ghost", "secret").salt()).isEqualTo(mocks.of("ghost").salt());
    assertThat(ScramVerifier.parse(mocks.of("ghost").format())).contains(mocks.of("ghost"));
    assertThat(
            new ScramServer(mocks.of("ghost"), Optional.empty())
                .challenge(ScramServer.MECHANISM, CLIENT_FIRST))
        .matches("r=\\S+,s=[A-Za-z0-9+/]{22}==,i=4096");
    assertThat(exchange(ScramClient.byPassword(PASSWORD, ChannelBinding.NONE), mocks.of("ghost")))
        .isEmpty();
  }

  @Test
  void anExchangeMayBeBoundToTheCertificate() throws Exception {
    ScramServer server = new ScramServer(keys.verifier(), Optional.of(HASH));

    assertThat(server.mechanisms()).containsExactly("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256");
    ScramClient client = ScramClient.byPassword(PASSWORD, ChannelBinding.endPoint(HASH));
    assertThat(client.mechanism()).isEqualTo("SCRAM-SHA-256-PLUS");
    assertThat(client.first()).startsWith("p=tls-server-end-point,,n=");
    assertThat(exchange(client, keys.verifier(), Optional.of(HASH))).contains(keys);
  }

  @Test
  void anExchangeThatIsPassedOnByAnotherCertificateIsRefused() {
    ScramClient client = ScramClient.byPassword(PASSWORD, ChannelBinding.endPoint(new byte[32]));

    assertThatThrownBy(() -> exchange(client, keys.verifier(), Optional.of(HASH)))
        .isInstanceOf(AuthenticationException.class)
        .hasMessage("SCRAM channel binding check failed");
  }

  @Test
  void aClientFromWhichTheOfferWasHiddenIsRefused() {
    ScramClient client = ScramClient.byPassword(PASSWORD, ChannelBinding.NOT_OFFERED);

    assertThatThrownBy(() -> exchange(client, keys.verifier(), Optional.of(HASH)))
        .isInstanceOf(AuthenticationException.class)
        .hasMessage("SCRAM channel binding negotiation error");
  }

  @Test
  void aClientWithoutBindingIsServedOverTlsToo() throws Exception {
    assertThat(
            exchange(
                ScramClient.byPassword(PASSWORD, ChannelBinding.NONE),
                keys.verifier(),
                Optional.of(HASH)))
        .contains(keys);
    assertThat(
            exchange(
                ScramClient.byPassword(PASSWORD, ChannelBinding.NOT_OFFERED),
                keys.verifier(),
                Optional.empty()))
        .contains(keys);
  }

  @ParameterizedTest
  @ValueSource(strings = {"n,,n=,r=abc", "y,,n=,r=abc", "p=tls-unique,,n=,r=abc"})
  void aFirstMessageThatDoesNotFitTheBoundMechanismIsRefused(String clientFirst) {
    assertThatThrownBy(
            () ->
                new ScramServer(keys.verifier(), Optional.of(HASH))
                    .challenge(ScramServer.MECHANISM_PLUS, clientFirst))
        .isInstanceOf(ProtocolException.class);
  }

  @Test
  void aMechanismThatWasNotOfferedIsRefused() {
    assertThatThrownBy(
            () ->
                new ScramServer(keys.verifier(), Optional.empty())
                    .challenge(ScramServer.MECHANISM_PLUS, "p=tls-server-end-point,,n=,r=abc"))
        .isInstanceOf(ProtocolException.class)
        .hasMessage("client selected an invalid SASL authentication mechanism");
  }

  private static Optional<ScramKeys> exchange(ScramClient client, ScramVerifier verifier)
      throws AuthenticationException {
    return exchange(client, verifier, Optional.empty());
  }

  private static Optional<ScramKeys> exchange(
      ScramClient client, ScramVerifier verifier, Optional<byte[]> certificate)
      throws AuthenticationException {
    ScramServer server = new ScramServer(verifier, certificate);
    String clientFinal = client.answer(server.challenge(client.mechanism(), client.first()));
    Optional<ScramServer.Accepted> accepted = server.finish(clientFinal);
    if (accepted.isPresent()) {
      client.verify(accepted.get().serverFinal());
    }
    return accepted.map(ScramServer.Accepted::keys);
  }
}
