package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.turnout.proxy.gate.Gate;
import org.turnout.proxy.session.Lane;
import org.turnout.proxy.session.Newcomers;
import org.turnout.proxy.session.Registry;
import org.turnout.proxy.session.RouteSnapshot;
import org.turnout.proxy.session.SaidAddress;
import org.turnout.sync.Standing;

/** A newcomer that has to go, because others have come, is named in the log by its address. */
class GivingWayTest {
  private final Logger log = (Logger) LoggerFactory.getLogger(ClientStart.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private PostgresTraffic traffic;
  private Lane lane;

  /** A client whose connection comes from an address. */
  private static final class From extends EmbeddedChannel {
    private final SocketAddress address;

    From(String host, int port) {
      this.address = new InetSocketAddress(host, port);
    }

    @Override
    protected SocketAddress remoteAddress0() {
      return address;
    }
  }

  @BeforeEach
  void start() throws Exception {
    traffic = Proxied.onPort(0);
    EmbeddedChannel first = new EmbeddedChannel();
    Gate gate = new Gate(List.of(first.eventLoop()));
    RouteSnapshot route = new RouteSnapshot(Standing.INITIAL, 0);
    lane = new Lane(first.eventLoop(), gate.lane(0), () -> route, new Registry(), new Newcomers(1));
    lines.start();
    log.addAppender(lines);
  }

  @AfterEach
  void stop() throws Exception {
    log.detachAppender(lines);
    traffic.close().get(30, TimeUnit.SECONDS);
  }

  private EmbeddedChannel come(EmbeddedChannel client) {
    client.pipeline().addLast(new ClientStart(traffic, lane, client));
    return client;
  }

  private List<String> said() {
    return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Test
  void byThatOfItsConnection() {
    EmbeddedChannel first = come(new From("192.0.2.1", 1111));
    EmbeddedChannel second = come(new From("192.0.2.2", 2222));

    assertThat(said())
        .containsExactly(
            "client 192.0.2.1:1111 is dropped: too many connections are open of which nobody knows"
                + " whose they are");
    assertThat(first.isOpen()).isFalse();
    assertThat(second.isOpen()).isTrue();
    second.close();
  }

  @Test
  void byThatWhichTheBalancerHasSaid() {
    EmbeddedChannel first = come(new From("192.0.2.1", 1111));
    SaidAddress.say(first, new InetSocketAddress("203.0.113.9", 4321));
    EmbeddedChannel second = come(new From("192.0.2.1", 1112));

    assertThat(said())
        .singleElement()
        .satisfies(line -> assertThat(line).startsWith("client 203.0.113.9:4321 is dropped"));
    assertThat(first.isOpen()).isFalse();
    second.close();
  }
}
