package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandler;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.turnout.config.AuthenticationConfig;
import org.turnout.config.CutoverConfig;
import org.turnout.config.HostPort;
import org.turnout.config.Protocol;
import org.turnout.config.RouteConfig;
import org.turnout.config.RouteName;
import org.turnout.config.Secret;
import org.turnout.config.SideConfig;
import org.turnout.config.SyncConfig;
import org.turnout.proxy.backend.InheritedSockets;
import org.turnout.proxy.gate.Gate;
import org.turnout.proxy.session.Lane;
import org.turnout.proxy.session.Newcomers;
import org.turnout.proxy.session.Registry;
import org.turnout.proxy.session.RouteSnapshot;
import org.turnout.proxy.tls.RouteTls;
import org.turnout.sync.Freshness;
import org.turnout.sync.Standing;

/**
 * A client that has not proved who it is gets nowhere, whatever it sends before and instead.
 *
 * <p>An input is what the client sends, in pieces of the length that its first byte says. Oracle:
 * what it hears are single bytes that answer requests for encryption, and then whole messages, the
 * last of which may be an error; never AuthenticationOk, as nobody here knows a password. It is
 * asked for more, or its connection is closed. Nothing is thrown, what is held is bounded, and
 * every buffer is released.
 */
class StartFuzzTest {
  private static final long MOST_HELD = 160 * 1024;

  private static PostgresTraffic traffic;

  @BeforeAll
  static void open() throws Exception {
    SideConfig nowhere = new SideConfig(new HostPort("127.0.0.1", 1), "x", "x", Optional.empty());
    RouteConfig route =
        new RouteConfig(
            new RouteName("fuzzed"),
            new HostPort("127.0.0.1", 0),
            Protocol.POSTGRES,
            nowhere,
            nowhere,
            new AuthenticationConfig(
                AuthenticationConfig.Method.USERS, Map.of("u", new Secret("unguessable"))),
            SyncConfig.DEFAULT,
            CutoverConfig.DEFAULT);
    traffic =
        new PostgresTraffic(
            route,
            RouteTls.load(route, PostgresTraffic.PROTOCOL),
            which -> {
              throw new IllegalStateException("not to be asked");
            },
            new Freshness(),
            Proxied.MOCKS,
            InheritedSockets.none());
    traffic.open(Standing.INITIAL).get(30, TimeUnit.SECONDS);
    // The verifiers of the users are there once the first client has been asked.
    ChannelProbe probe = new ChannelProbe();
    Entrance first = traffic.roles().admit(Standing.INITIAL.primary(), "u", probe.security());
    ((Entrance.Asked) first).proof().get(30, TimeUnit.SECONDS);
    probe.close();
  }

  @AfterAll
  static void close() throws Exception {
    traffic.close().get(30, TimeUnit.SECONDS);
  }

  /** A connection in plain text, to ask for what is known of it. */
  private static final class ChannelProbe {
    private final EmbeddedChannel channel = new EmbeddedChannel();

    org.turnout.proxy.tls.ChannelSecurity security() {
      return org.turnout.proxy.tls.ChannelSecurity.of(channel);
    }

    void close() {
      channel.close();
    }
  }

  @FuzzTest
  void nobodyComesInWithoutAProof(byte[] input) throws Exception {
    int piece = input.length == 0 || input[0] == 0 ? Integer.MAX_VALUE : 1 + (input[0] & 0x3f);
    UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(false, true);
    boolean[] asked = new boolean[1];
    EmbeddedChannel client = new EmbeddedChannel();
    client.config().setAutoRead(false);
    client.config().setAllocator(memory);
    client
        .pipeline()
        .addLast(
            new ChannelOutboundHandlerAdapter() {
              @Override
              public void read(ChannelHandlerContext context) {
                asked[0] = true;
              }
            });
    Gate gate = new Gate(List.of(client.eventLoop()));
    RouteSnapshot route = new RouteSnapshot(Standing.INITIAL, 0);
    Lane lane =
        new Lane(client.eventLoop(), gate.lane(0), () -> route, new Registry(), new Newcomers(1));
    client.pipeline().addLast(new ClientStart(traffic, lane, client));
    client.pipeline().fireChannelActive();
    ByteArrayOutputStream heard = new ByteArrayOutputStream();
    for (int at = 1; at < input.length && client.isOpen(); ) {
      assertThat(asked[0]).as("the client is asked for more").isTrue();
      asked[0] = false;
      int end = piece > input.length - at ? input.length : at + piece;
      deliver(client, memory.buffer(end - at).writeBytes(input, at, end - at));
      at = end;
      client.runPendingTasks();
      hear(client, heard);
      assertThat(memory.metric().usedHeapMemory()).isLessThan(MOST_HELD);
    }
    assertThat(lane.sessions()).isEmpty();
    client.close();
    client.runPendingTasks();
    hear(client, heard);
    checkHeard(heard.toByteArray());
    client.checkException();
    assertThat(memory.metric().usedHeapMemory() + memory.metric().usedDirectMemory()).isZero();
  }

  /** What is thrown comes out, and is not turned into a closed connection. */
  private static void deliver(EmbeddedChannel client, ByteBuf bytes) throws Exception {
    ChannelHandlerContext last = client.pipeline().lastContext();
    ((ChannelInboundHandler) last.handler()).channelRead(last, bytes);
  }

  private static void hear(EmbeddedChannel client, ByteArrayOutputStream heard) {
    for (Object out = client.readOutbound(); out != null; out = client.readOutbound()) {
      ByteBuf bytes = (ByteBuf) out;
      byte[] copy = new byte[bytes.readableBytes()];
      bytes.readBytes(copy).release();
      heard.writeBytes(copy);
    }
  }

  private static void checkHeard(byte[] heard) {
    int at = 0;
    while (at < Math.min(2, heard.length) && heard[at] == 'N' && !isWhole(heard, at)) {
      at++;
    }
    boolean over = false;
    while (at < heard.length) {
      assertThat(over).as("something is said behind an error").isFalse();
      if (new String(heard, at, heard.length - at, java.nio.charset.StandardCharsets.UTF_8)
          .startsWith("EFATAL:  unsupported frontend protocol")) {
        return;
      }
      assertThat(isWhole(heard, at)).as("a whole message at %d", at).isTrue();
      if (heard[at] == 'R') {
        assertThat(ByteBuffer.wrap(heard).getInt(at + 5)).isIn(10, 11);
      } else {
        assertThat(heard[at]).isIn((byte) 'E', (byte) 'v');
      }
      over = heard[at] == 'E';
      at += 1 + ByteBuffer.wrap(heard).getInt(at + 1);
    }
  }

  private static boolean isWhole(byte[] heard, int at) {
    if (heard.length - at < 5) {
      return false;
    }
    int length = ByteBuffer.wrap(heard).getInt(at + 1);
    return length >= 4 && length <= heard.length - at - 1;
  }
}
