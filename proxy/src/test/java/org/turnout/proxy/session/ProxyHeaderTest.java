package org.turnout.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.turnout.config.RouteName;

/** Headers byte by byte; those of version 2 are as HAProxy 2.6 sends them. */
class ProxyHeaderTest {
  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
  private static final byte[] FIRST = {0, 0, 0, 8, 4, (byte) 0xd2, 0x16, 0x2f};
  private static final String OWN = "embedded";

  /** Bytes of a header, and where it says that the client comes from. */
  record Header(String name, byte[] bytes, String client) {
    Header changed(int at) {
      byte[] other = bytes.clone();
      other[at]++;
      return new Header(name, other, client);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Header> headers() {
    return Stream.of(
        v2("IPv4", "2111000cc0000207cb00710589a41920", "192.0.2.7:35236"),
        v2(
            "IPv6",
            "2121002420010db800000000000000000000000720010db8000000000000000000000001c8d51920",
            "[2001:db8:0:0:0:0:0:7]:51413"),
        v2(
            "with additions",
            "21110014c0000207cb00710589a41920" + "0500056162636465",
            "192.0.2.7:35236"),
        v2("a balancer's own", "20000000", OWN),
        v2("a balancer's own, with an address", "2011000cc0000207cb00710589a41920", OWN),
        v2("of no known family", "21000000", OWN),
        v1("PROXY TCP4 192.0.2.7 203.0.113.5 35236 6432\r\n", "192.0.2.7:35236"),
        v1("PROXY TCP6 2001:db8::7 2001:db8::1 51413 6432\r\n", "[2001:db8:0:0:0:0:0:7]:51413"),
        v1("PROXY UNKNOWN\r\n", OWN));
  }

  private static Header v2(String name, String hex, String client) {
    return new Header("2, " + name, HexFormat.of().parseHex(SIGNATURE + hex), client);
  }

  private static Header v1(String line, String client) {
    return new Header("1, " + line.strip(), line.getBytes(StandardCharsets.US_ASCII), client);
  }

  @ParameterizedTest
  @MethodSource("headers")
  void isTakenWhereverItIsSplit(Header header) {
    ByteBuf whole = Unpooled.wrappedBuffer(header.bytes(), FIRST);
    for (int split = 1; split < header.bytes().length + FIRST.length; split++) {
      Balanced client = new Balanced();
      client.hears(whole.copy(0, split));
      client.hears(whole.copy(split, whole.readableBytes() - split));

      assertThat(client.passed()).as("split at %d", split).isEqualTo(FIRST);
      client.isServedFrom(header.client());
      client.end();
    }
    whole.release();
  }

  @ParameterizedTest
  @MethodSource("headers")
  void isTakenByteByByte(Header header) {
    Balanced client = new Balanced();
    for (byte next : header.bytes()) {
      assertThat(client.asksForMore()).isTrue();
      client.hears(Unpooled.wrappedBuffer(new byte[] {next}));
    }

    client.isServedFrom(header.client());
    assertThat(client.asksForMore()).as("what comes behind the header").isTrue();
    client.end();
  }

  static List<Header> noHeaders() {
    return List.of(
        new Header("a request for TLS", FIRST, ""),
        v1("GET / HTTP/1.1\r\n\r\n", ""),
        v1("PROXY TCP4 192.0.2.7 203.0.113.5 35236\r\n", ""),
        v1("PROXY TCP4 192.0.2.256 203.0.113.5 35236 6432\r\n", ""),
        v1("PROXY TCP4 " + "1".repeat(100) + "\r\n", ""),
        v1("PROXX", ""),
        v2("another signature", "2111000cc0000207cb00710589a41920", "").changed(11),
        v2("version 3", "3111000cc0000207cb00710589a41920", ""),
        v2("no such command", "2211000cc0000207cb00710589a41920", ""),
        v2("too short for its addresses", "21110004c0000207", ""),
        v2(
            "an addition longer than the header",
            "21110010c0000207cb00710589a41920" + "05ff0061",
            ""),
        v2("too long", "2111ffff" + "00".repeat(3000), ""));
  }

  @ParameterizedTest
  @MethodSource("noHeaders")
  void closesWhatBeginsWithAnythingElseAndPassesNothingOn(Header header) {
    Balanced client = new Balanced();
    client.hears(Unpooled.wrappedBuffer(header.bytes().clone()));
    client.hears(Unpooled.wrappedBuffer(v2("", "2111000cc0000207cb00710589a41920", "").bytes()));
    client.hears(Unpooled.wrappedBuffer(FIRST.clone()));

    assertThat(client.channel.isActive()).isFalse();
    assertThat(client.passed()).isEmpty();
    client.end();
    assertThat(client.passed()).isEmpty();
    assertThat(ClientAddress.text(client.channel)).doesNotContain("192.0.2.7");
  }

  @Test
  void passesNothingOnOfAConnectionThatEndsInTheMiddle() {
    Balanced client = new Balanced();
    client.hears(Unpooled.wrappedBuffer(HexFormat.of().parseHex(SIGNATURE + "2111")));
    client.end();

    assertThat(client.passed()).isEmpty();
  }

  /** A channel behind a balancer, which reads on demand as those of clients do. */
  private static final class Balanced {
    private final ByteBuf passed = Unpooled.buffer();
    private final EmbeddedChannel channel;
    private boolean demand;

    Balanced() {
      channel =
          new EmbeddedChannel(
              new ChannelOutboundHandlerAdapter() {
                @Override
                public void read(ChannelHandlerContext context) {
                  demand = true;
                }
              });
      channel.config().setAutoRead(false);
      ProxyHeader.require(channel, new RouteName("test"));
      channel
          .pipeline()
          .addLast(
              "client",
              new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext context, Object message) {
                  ByteBuf bytes = (ByteBuf) message;
                  passed.writeBytes(bytes);
                  bytes.release();
                }
              });
      demand = true;
    }

    boolean asksForMore() {
      return demand;
    }

    void hears(ByteBuf bytes) {
      demand = false;
      channel.pipeline().fireChannelRead(bytes).fireChannelReadComplete();
    }

    byte[] passed() {
      byte[] bytes = new byte[passed.readableBytes()];
      passed.getBytes(passed.readerIndex(), bytes);
      return bytes;
    }

    /** Served, with nothing of the header left on the way. */
    void isServedFrom(String address) {
      assertThat(channel.isActive()).isTrue();
      assertThat(ClientAddress.text(channel)).isEqualTo(address);
      assertThat(channel.pipeline().names()).hasSize(3).contains("client");
    }

    void end() {
      channel.finishAndReleaseAll();
    }
  }
}
