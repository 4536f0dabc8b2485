package org.turnout.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.turnout.config.Address;
import org.turnout.config.AuthenticationConfig;
import org.turnout.config.CutoverConfig;
import org.turnout.config.HostPort;
import org.turnout.config.LimitsConfig;
import org.turnout.config.ListenerConfig;
import org.turnout.config.Protocol;
import org.turnout.config.ReadsConfig;
import org.turnout.config.RouteConfig;
import org.turnout.config.RouteName;
import org.turnout.config.SideConfig;
import org.turnout.config.SocketFile;
import org.turnout.config.SyncConfig;
import org.turnout.config.TlsConfig;
import org.turnout.proxy.backend.InheritedSockets;
import org.turnout.proxy.backend.Transport;

/** Where clients come in, above all at sockets that a predecessor has handed over. */
class ListenersTest {
  private static final RouteName ROUTE = new RouteName("shop");
  private static final Path MOST_WAITING = Path.of("/proc/sys/net/core/somaxconn");
  private static final int CROWD = 1500;

  @TempDir Path directory;

  private final CompletableFuture<Channel> client = new CompletableFuture<>();
  private @Nullable Transport transport;
  private EventLoop loop;

  @BeforeEach
  void start() {
    assumeTrue(Transport.takesUpSockets());
    transport = Transport.start(1, "listeners-test");
    loop = transport.loops().getFirst();
  }

  @AfterEach
  void stop() throws Exception {
    if (transport != null) {
      transport.stop().get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void oneThatWasHandedOverPausesWhenNoClientCanBeTaken() throws Exception {
    Socket handed = Socket.newSocketStream();
    handed.bind(new InetSocketAddress("127.0.0.1", 0));
    handed.listen(8);
    HostPort address = new HostPort("127.0.0.1", handed.localAddress().getPort());
    CountDownLatch asked = new CountDownLatch(1);
    loop.execute(() -> await(asked));

    CompletableFuture<Void> opened = listeners(new ListenerConfig(address), handed).open();
    asked.countDown();
    opened.get(30, TimeUnit.SECONDS);

    try (java.net.Socket visitor = new java.net.Socket("127.0.0.1", address.port())) {
      assertThat(visitor.isConnected()).isTrue();
      Channel listener = client.get(30, TimeUnit.SECONDS).parent();
      assertThat(loop.submit(() -> takesClientsAfterFailure(listener)).get(30, TimeUnit.SECONDS))
          .isFalse();
    }
  }

  private static boolean takesClientsAfterFailure(Channel listener) {
    listener.pipeline().fireExceptionCaught(new IOException("Too many open files"));
    return listener.config().isAutoRead();
  }

  @Test
  void aUnixSocketThatWasHandedOverIsMadeAnewWhereItsFileIsGone() throws Exception {
    Socket handed = listening();
    Files.delete(place().path());
    Listeners listeners = listeners(new ListenerConfig(place()), handed);

    listeners.open().get(30, TimeUnit.SECONDS);

    assertThat(handed.isOpen()).isFalse();
    visit();
    client.get(30, TimeUnit.SECONDS);
    listeners.close(false).get(30, TimeUnit.SECONDS);
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void aUnixSocketThatWasHandedOverIsNotGoneOnWithWhereAnotherFileIs() throws Exception {
    Socket handed = listening();
    Files.delete(place().path());
    Files.writeString(place().path(), "precious");

    CompletableFuture<Void> opened = listeners(new ListenerConfig(place()), handed).open();

    assertThat(opened)
        .failsWithin(Duration.ofSeconds(30))
        .withThrowableThat()
        .withMessageContaining("there is a file of that name which is no socket");
    assertThat(handed.isOpen()).isFalse();
    assertThat(place().path()).hasContent("precious");
  }

  @Test
  void aUnixSocketThatWasHandedOverGetsThePermissionsThatAreGivenNow() throws Exception {
    Socket handed = listening();
    Listeners listeners =
        listeners(
            new ListenerConfig(place(), false, PosixFilePermissions.fromString("rwxrwx---")),
            handed);

    listeners.open().get(30, TimeUnit.SECONDS);

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(place().path())))
        .isEqualTo("rwxrwx---");
    visit();
    client.get(30, TimeUnit.SECONDS);
    listeners.close(false).get(30, TimeUnit.SECONDS);
  }

  @Test
  void aSocketThatClientsCannotFindIsNotHandedOver() throws Exception {
    Listeners listeners = listeners(new ListenerConfig(place()), InheritedSockets.none());
    listeners.open().get(30, TimeUnit.SECONDS);
    assertThat(listeners.sockets()).hasSize(1);

    Files.delete(place().path());
    assertThat(listeners.sockets()).isEmpty();
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      other.bind(UnixDomainSocketAddress.of(place().path()));
      assertThat(listeners.sockets()).isEmpty();
      listeners.close(true).get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void aSocketThatNoListenerWantsIsClosedAndItsFileGoes() throws Exception {
    Socket handed = listening();

    inherited(place(), handed).keepOnly(Set.of());

    assertThat(handed.isOpen()).isFalse();
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void whatIsInThePlaceOfASocketThatNoListenerWantsIsLeft() throws Exception {
    InheritedSockets handed = inherited(place(), listening());
    Files.delete(place().path());
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      other.bind(UnixDomainSocketAddress.of(place().path()));
      handed.close();
      visit();
    }
    Files.delete(place().path());
    Files.writeString(place().path(), "precious");
    inherited(place(), Socket.newSocketDomain()).close();
    assertThat(place().path()).hasContent("precious");
  }

  @Test
  void asManyWaitAtAUnixSocketAsTheSystemAllows() throws Exception {
    assumeTrue(Integer.parseInt(Files.readAllLines(MOST_WAITING).getFirst()) > CROWD);
    Listeners listeners = listeners(new ListenerConfig(place()), InheritedSockets.none());
    listeners.open().get(30, TimeUnit.SECONDS);
    CountDownLatch enough = new CountDownLatch(1);
    loop.execute(() -> await(enough));

    List<SocketChannel> crowd = new ArrayList<>();
    try {
      for (int i = 0; i < CROWD; i++) {
        SocketChannel one = SocketChannel.open(StandardProtocolFamily.UNIX);
        crowd.add(one);
        one.configureBlocking(false);
        assertThat(one.connect(UnixDomainSocketAddress.of(place().path())))
            .as("client %d is in", i)
            .isTrue();
      }
    } finally {
      for (SocketChannel one : crowd) {
        one.close();
      }
      enough.countDown();
    }
    listeners.close(false).get(30, TimeUnit.SECONDS);
  }

  private SocketFile place() {
    return new SocketFile(directory, 6432);
  }

  /** A socket of a predecessor, at its place. */
  private Socket listening() throws IOException {
    Socket socket = Socket.newSocketDomain();
    socket.bind(new DomainSocketAddress(place().path().toString()));
    socket.listen(8);
    return socket;
  }

  private void visit() throws IOException {
    SocketChannel.open(UnixDomainSocketAddress.of(place().path())).close();
  }

  private static InheritedSockets inherited(Address address, FileDescriptor socket) {
    return new InheritedSockets(Map.of(InheritedSockets.name(ROUTE, address), socket));
  }

  private Listeners listeners(ListenerConfig listener, FileDescriptor handed) {
    return listeners(listener, inherited(listener.address(), handed));
  }

  private Listeners listeners(ListenerConfig listener, InheritedSockets inherited) {
    SideConfig nowhere = new SideConfig(new HostPort("127.0.0.1", 1), "x", "x", Optional.empty());
    RouteConfig route =
        new RouteConfig(
            ROUTE,
            List.of(listener),
            Protocol.POSTGRES,
            TlsConfig.NONE,
            nowhere,
            nowhere,
            new AuthenticationConfig(AuthenticationConfig.Method.TRUST, Map.of()),
            LimitsConfig.DEFAULT,
            SyncConfig.DEFAULT,
            ReadsConfig.DEFAULT,
            CutoverConfig.DEFAULT);
    return new Listeners(route, transport, inherited, client::complete);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
