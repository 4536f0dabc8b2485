package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.turnout.config.AuthenticationConfig;
import org.turnout.config.AuthenticationConfig.Method;
import org.turnout.config.CutoverConfig;
import org.turnout.config.HostPort;
import org.turnout.config.Protocol;
import org.turnout.config.RouteConfig;
import org.turnout.config.RouteName;
import org.turnout.config.Secret;
import org.turnout.config.Side;
import org.turnout.config.SideConfig;
import org.turnout.config.SyncConfig;
import org.turnout.protocol.postgres.message.Authentication;
import org.turnout.proxy.tls.ChannelSecurity;

/** What the proof of a client is worth to the databases. */
class RolesTest {
  private static final ChannelSecurity ENCRYPTED =
      ChannelSecurity.encrypted(Optional.empty(), Optional.empty());

  private final List<Side> proved = new ArrayList<>();
  private final Credentials byProof =
      (side, security) -> {
        proved.add(side);
        return challenge -> CompletableFuture.completedFuture(Optional.empty());
      };

  @Test
  void theRoleOfTurnoutItselfOpensASideByItsConfiguredPassword() {
    Credentials credentials = roles(Method.SCRAM).credentials("turnout", byProof);

    assertThat(
            credentials
                .prove(Side.GREEN, ENCRYPTED)
                .answer(new Authentication.CleartextPassword())
                .join()
                .isPresent())
        .isTrue();
    assertThat(proved).isEmpty();
    credentials.prove(Side.BLUE, ENCRYPTED);
    assertThat(proved).containsExactly(Side.BLUE);
  }

  @Test
  void otherRolesOpenBothSidesByWhatTheirProofGaveAway() {
    Credentials credentials = roles(Method.SCRAM).credentials("shop_app", byProof);

    credentials.prove(Side.BLUE, ENCRYPTED);
    credentials.prove(Side.GREEN, ENCRYPTED);
    assertThat(proved).containsExactly(Side.BLUE, Side.GREEN);
  }

  @Test
  void aTrustedClientIsNeverGivenThePasswordOfTurnout() {
    Credentials credentials = roles(Method.TRUST).credentials("turnout", byProof);

    credentials.prove(Side.GREEN, ENCRYPTED);
    assertThat(proved).containsExactly(Side.GREEN);
  }

  @Test
  void credentialsDoNotShowWhatTheyHold() {
    assertThat(roles(Method.SCRAM).credentials("turnout", byProof).toString())
        .isEqualTo("OwnRoleCredentials");
  }

  /** Blue is reached by another role, green by the role "turnout". */
  private static Roles roles(Method method) {
    HostPort nowhere = new HostPort("127.0.0.1", 1);
    RouteConfig route =
        new RouteConfig(
            new RouteName("shop"),
            nowhere,
            Protocol.POSTGRES,
            new SideConfig(nowhere, "shop", "admin", Optional.of(new Secret("a"))),
            new SideConfig(nowhere, "shop", "turnout", Optional.of(new Secret("b"))),
            new AuthenticationConfig(method, Map.of()),
            SyncConfig.DEFAULT,
            CutoverConfig.DEFAULT);
    Verifiers verifiers =
        new Verifiers(
            side -> {
              throw new AssertionError("nothing is to be asked");
            },
            Runnable::run);
    return new Roles(route, verifiers, Proxied.MOCKS, Runnable::run);
  }
}
