package org.turnout.proxy.session;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.config.HostPort;
import org.turnout.config.ListenerConfig;
import org.turnout.config.RouteConfig;
import org.turnout.config.SocketFile;
import org.turnout.proxy.backend.InheritedSockets;
import org.turnout.proxy.backend.Transport;

/**
 * Where the clients of a route come in. All listeners are opened together, or none. A socket that
 * was handed over by a predecessor is gone on with, so that nobody in its queue is lost. Safe for
 * any thread.
 */
final class Listeners {
  private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

  private final RouteConfig config;
  private final Transport transport;
  private final InheritedSockets inherited;
  private final Consumer<Channel> accept;
  private final List<Listener> listeners = new ArrayList<>();
  private @Nullable CompletableFuture<Void> opened;

  /** One that is open or about to be. */
  private record Listener(ListenerConfig config, Channel channel, Optional<OwnedSocketFile> file) {}

  /**
   * @param accept puts the handlers of a new client on its channel; on its event loop
   */
  Listeners(
      RouteConfig config,
      Transport transport,
      InheritedSockets inherited,
      Consumer<Channel> accept) {
    this.config = config;
    this.transport = transport;
    this.inherited = inherited;
    this.accept = accept;
  }

  /** Opens them, unless they are open; fails with an {@link IOException} that names the address. */
  synchronized CompletableFuture<Void> open() {
    CompletableFuture<Void> before = opened;
    if (before != null) {
      return before;
    }
    List<CompletableFuture<Void>> all = config.listeners().stream().map(this::open).toList();
    CompletableFuture<Void> done =
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
            .whenComplete(
                (nothing, failure) -> {
                  if (failure != null) {
                    close(false);
                  }
                });
    if (!done.isCompletedExceptionally()) {
      opened = done;
    }
    return done;
  }

  private CompletableFuture<Void> open(ListenerConfig listener) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    try {
      switch (listener.address()) {
        case HostPort port -> bind(listener, port, done);
        case SocketFile file -> bind(listener, file, done);
      }
    } catch (IOException e) {
      done.completeExceptionally(cannot(listener, e));
    }
    return done;
  }

  private void bind(ListenerConfig listener, HostPort port, CompletableFuture<Void> done) {
    Optional<FileDescriptor> ready = inherited.take(config.name(), port);
    ServerBootstrap bootstrap = bootstrap(listener, ready);
    ChannelFuture bound =
        ready.isPresent() ? bootstrap.register() : bootstrap.bind(port.host(), port.port());
    opening(new Listener(listener, bound.channel(), Optional.empty()), bound, done);
  }

  private void bind(ListenerConfig listener, SocketFile place, CompletableFuture<Void> done)
      throws IOException {
    Optional<FileDescriptor> handed = inherited.take(config.name(), place);
    Optional<OwnedSocketFile> there =
        handed.isPresent() ? fileOf(handed.get(), listener, place) : Optional.empty();
    OwnedSocketFile file =
        there.isPresent() ? there.get() : OwnedSocketFile.claim(place, listener.permissions());
    Optional<FileDescriptor> ready =
        there.isPresent() ? handed : transport.listening(file.beside(), listener.permissions());
    if (there.isEmpty() && ready.isPresent()) {
      file.bound();
    }
    ServerBootstrap bootstrap = bootstrap(listener, ready);
    ChannelFuture bound =
        ready.isPresent() ? bootstrap.register() : bootstrap.bind(transport.at(file.outOfReach()));
    CompletableFuture<Void> listening = new CompletableFuture<>();
    opening(new Listener(listener, bound.channel(), Optional.of(file)), bound, listening);
    listening.whenComplete(
        (nothing, failure) -> {
          try {
            if (failure != null) {
              done.completeExceptionally(failure);
              return;
            }
            if (there.isEmpty()) {
              file.publish();
            }
            done.complete(null);
          } catch (IOException e) {
            done.completeExceptionally(cannot(listener, e));
          }
        });
  }

  /** The file of a socket that was handed over; a socket that nobody finds by it is closed. */
  private Optional<OwnedSocketFile> fileOf(
      FileDescriptor socket, ListenerConfig listener, SocketFile place) throws IOException {
    try {
      return Optional.of(OwnedSocketFile.inherited(place, listener.permissions()));
    } catch (IOException e) {
      LOG.warn(
          "route {}: the socket {} that was handed over cannot be gone on with: {}",
          config.name(),
          place,
          e.toString());
      socket.close();
      return Optional.empty();
    }
  }

  private ServerBootstrap bootstrap(ListenerConfig listener, Optional<FileDescriptor> ready) {
    return transport
        .listenerAt(listener.address(), config.limits().keepAlive(), ready)
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel client) {
                if (listener.proxyProtocol()) {
                  ProxyHeader.require(client, config.name());
                }
                accept.accept(client);
              }
            });
  }

  private void opening(Listener listener, ChannelFuture bound, CompletableFuture<Void> done) {
    listeners.add(listener);
    bound.addListener(
        (ChannelFutureListener)
            future -> {
              if (future.isSuccess()) {
                LOG.info(
                    "route {}: listening on {}",
                    config.name(),
                    address(future.channel())
                        .map(Object::toString)
                        .orElse(listener.config().address().toString()));
                sayFailures(future.channel());
                done.complete(null);
              } else {
                done.completeExceptionally(cannot(listener.config(), future.cause()));
              }
            });
  }

  /**
   * Behind what takes the clients, which pauses the listener when it fails: that is put on the
   * channel by a task of the event loop, and so is this.
   */
  private void sayFailures(Channel listening) {
    listening
        .eventLoop()
        .execute(() -> listening.pipeline().addLast(new AcceptFailures(config.name())));
  }

  private IOException cannot(ListenerConfig listener, Throwable cause) {
    return new IOException(
        "route "
            + config.name()
            + ": cannot listen on "
            + listener.address()
            + ": "
            + cause.getMessage(),
        cause);
  }

  private static Optional<InetSocketAddress> address(Channel channel) {
    return channel.localAddress() instanceof InetSocketAddress address
        ? Optional.of(address)
        : Optional.empty();
  }

  /** The first TCP port that clients connect to, as the system gave it when 0 was configured. */
  synchronized Optional<InetSocketAddress> address() {
    return listeners.stream()
        .map(it -> address(it.channel()))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /**
   * The open sockets by {@link InheritedSockets#name}, for a successor; they stay open here. One
   * whose file is not there any more is not among them: the successor makes it anew.
   */
  synchronized Map<String, FileDescriptor> sockets() {
    Map<String, FileDescriptor> sockets = new LinkedHashMap<>();
    for (Listener listener : listeners) {
      if (listener.channel() instanceof UnixChannel channel
          && listener.channel().isActive()
          && listener.file().map(OwnedSocketFile::isInPlace).orElse(true)) {
        sockets.put(
            InheritedSockets.name(config.name(), listener.config().address()), channel.fd());
      }
    }
    return sockets;
  }

  /**
   * Closes them all; they can be opened again. Completes when no more clients come in.
   *
   * @param handedOver whether a successor goes on with the sockets
   */
  synchronized CompletableFuture<Void> close(boolean handedOver) {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (Listener listener : listeners) {
      if (!handedOver) {
        listener.file().ifPresent(Listeners::remove);
      }
      CompletableFuture<Void> closed = new CompletableFuture<>();
      listener.channel().close().addListener(done -> closed.complete(null));
      all.add(closed);
    }
    listeners.clear();
    opened = null;
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
  }

  private static void remove(OwnedSocketFile file) {
    try {
      file.remove();
    } catch (IOException e) {
      LOG.warn("the file of a socket is left behind", e);
    }
  }
}
