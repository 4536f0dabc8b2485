package org.turnout.bench.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All clients of a measurement, on one event loop: one thread keeps any proxy busy, and more would
 * take the processors from what is measured. Its methods block and are called by the measuring
 * thread; all else happens on the event loop.
 */
public final class Generator implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Generator.class);

  /** Longer than any answer takes that does not hang. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** How many connections are made at once; a server forks for each. */
  private static final int AT_ONCE = 32;

  private final EventLoopGroup group;
  private final Bootstrap bootstrap;
  private int seed;

  public Generator() {
    boolean epoll = Epoll.isAvailable();
    IoHandlerFactory handlers = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    group = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("load", true), handlers);
    bootstrap =
        new Bootstrap()
            .group(group)
            .channel(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 10_000);
    group.execute(Generator::sharpenTimers);
  }

  /** The kernel may let a timer be late by 50 µs, which an open loop would measure as latency. */
  private static void sharpenTimers() {
    try {
      Path thread = Files.readSymbolicLink(Path.of("/proc/thread-self"));
      Files.writeString(Path.of("/proc", thread.getFileName().toString(), "timerslack_ns"), "1000");
    } catch (IOException e) {
      LOG.debug("timers stay as the system has them", e);
    }
  }

  EventLoopGroup group() {
    return group;
  }

  /** The kind of socket that listens. */
  Class<? extends ServerChannel> listening() {
    return Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
  }

  /** A connection with one handler. */
  Bootstrap bootstrap(ChannelHandler handler) {
    return bootstrap.clone().handler(handler);
  }

  EventLoop loop() {
    return group.next();
  }

  /** Sessions of a target that are ready for one operation, over and over. */
  public SessionPool open(InetSocketAddress address, Login login, Operation operation, int count)
      throws LoadException, InterruptedException {
    SessionPool pool = new SessionPool(this, operation);
    try {
      for (int opened = 0; opened < count; opened += AT_ONCE) {
        List<CompletableFuture<WireSession>> connecting = new ArrayList<>();
        for (int i = opened; i < Math.min(count, opened + AT_ONCE); i++) {
          connecting.add(connect(address, login, pool));
        }
        for (CompletableFuture<WireSession> each : connecting) {
          pool.add(await(each, PATIENCE));
        }
      }
      pool.prepare();
      return pool;
    } catch (LoadException | InterruptedException | RuntimeException e) {
      pool.close();
      throw e;
    }
  }

  /** Connects and logs in; completes on the event loop. */
  CompletableFuture<WireSession> connect(
      InetSocketAddress address, Login login, WireSession.Listener listener) {
    int number = ++seed;
    CompletableFuture<WireSession> session = new CompletableFuture<>();
    Greeting greeting = new Greeting(login);
    bootstrap(login.encrypted() ? encrypting(greeting) : greeting)
        .connect(address)
        .addListener(
            (ChannelFutureListener)
                connected -> {
                  if (!connected.isSuccess()) {
                    session.completeExceptionally(
                        new LoadException(
                            "no connection to " + address + ": " + connected.cause().getMessage(),
                            connected.cause()));
                  }
                });
    greeting
        .ready()
        .whenComplete(
            (channel, failure) -> {
              if (failure != null) {
                session.completeExceptionally(failure);
              } else {
                WireSession made = new WireSession(channel, listener, number);
                channel.pipeline().addLast(made);
                session.complete(made);
              }
            });
    return session;
  }

  private static ChannelHandler encrypting(ChannelHandler next) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channel.pipeline().addLast(new TlsStart(), next);
      }
    };
  }

  /** The measuring thread's wait for the event loop. */
  static <T> T await(CompletableFuture<T> future, Duration patience)
      throws LoadException, InterruptedException {
    try {
      return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof LoadException failure) {
        throw failure;
      }
      throw new LoadException("the load generator failed: " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new LoadException("no answer within " + patience.toSeconds() + " s", e);
    }
  }

  static <T> T await(CompletableFuture<T> future) throws LoadException, InterruptedException {
    return await(future, PATIENCE);
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
