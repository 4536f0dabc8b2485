package org.turnout.proxy.backend;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.turnout.config.Address;
import org.turnout.config.HostPort;
import org.turnout.config.SocketFile;

/**
 * The event loops of one route and the kind of sockets they serve, of TCP and of Unix: native epoll
 * where it is there, else NIO; io_uring on request.
 *
 * <p>Sockets are read on demand, one buffer at a time: whoever has passed on what was read asks for
 * more. That is the whole of backpressure, and bounds the memory of a session. Safe for any thread.
 */
public final class Transport {
  /**
   * How many clients wait in the queue of a listener: as many as the system allows ({@code
   * net.core.somaxconn}). Who connects to a full queue of a Unix socket is refused at once.
   */
  static final int BACKLOG = 65_535;

  private static final int LARGEST_READ = 64 * 1024;
  private static final int KEEP_ALIVE_PROBES = 5;

  /** Of all connections, which else would hold one each. */
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(LARGEST_READ, 2 * LARGEST_READ);

  private static final AdaptiveRecvByteBufAllocator READ_SIZES = readSizes();
  private static final int CONNECT_TIMEOUT_MILLIS = 10_000;
  private static final int STOP_MILLIS = 5_000;

  /** How long nothing may have come of a ring before it is taken to have done all. */
  private static final int RING_MILLIS = 100;

  /**
   * The system property that asks for io_uring. With many clients it takes less processor time than
   * epoll; epoll is the default because it has served for longer, a successor can take up its
   * sockets, and many containers forbid io_uring.
   */
  private static final String IO_URING_WANTED = "turnout.io_uring";

  private final EventLoopGroup group;
  private final Sockets sockets;

  /** How the system is asked for work on sockets. */
  private enum Sockets {
    IO_URING(
        IoUringServerSocketChannel::new,
        IoUringSocketChannel::new,
        IoUringServerDomainSocketChannel::new,
        IoUringDomainSocketChannel::new),
    EPOLL(
        EpollServerSocketChannel::new,
        EpollSocketChannel::new,
        EpollServerDomainSocketChannel::new,
        EpollDomainSocketChannel::new),
    NIO(
        NioServerSocketChannel::new,
        NioSocketChannel::new,
        NioServerDomainSocketChannel::new,
        NioDomainSocketChannel::new);

    private final ChannelFactory<ServerChannel> listening;
    private final ChannelFactory<Channel> connecting;
    private final ChannelFactory<ServerChannel> listeningLocally;
    private final ChannelFactory<Channel> connectingLocally;

    Sockets(
        ChannelFactory<ServerChannel> listening,
        ChannelFactory<Channel> connecting,
        ChannelFactory<ServerChannel> listeningLocally,
        ChannelFactory<Channel> connectingLocally) {
      this.listening = listening;
      this.connecting = connecting;
      this.listeningLocally = listeningLocally;
      this.connectingLocally = connectingLocally;
    }

    static Sockets best() {
      if (Boolean.getBoolean(IO_URING_WANTED) && ReadRing.isAvailable()) {
        return IO_URING;
      }
      return Epoll.isAvailable() ? EPOLL : NIO;
    }

    IoHandlerFactory handlers() {
      return switch (this) {
        case IO_URING -> ReadRing.handlers();
        case EPOLL -> EpollIoHandler.newFactory();
        case NIO -> NioIoHandler.newFactory();
      };
    }
  }

  private Transport(EventLoopGroup group, Sockets sockets) {
    this.group = group;
    this.sockets = sockets;
  }

  /**
   * How many event loops serve a route: half as many as there are processors, at least one.
   *
   * <p>More than four fifths of what a query costs is the system's work on sockets, which runs
   * beside the loops too. Fewer loops find more that is ready at each wake-up: with 16 clients on
   * two processors one loop takes a fifth less of processor time per query than two, and serves
   * more queries.
   */
  public static int usualLoops() {
    return Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
  }

  /** Starts the given number of event loops; their threads have names that begin with the given. */
  public static Transport start(int loops, String threadName) {
    Sockets sockets = Sockets.best();
    return new Transport(
        new MultiThreadIoEventLoopGroup(
            loops, new DefaultThreadFactory(threadName, true), sockets.handlers()),
        sockets);
  }

  public List<EventLoop> loops() {
    List<EventLoop> loops = new ArrayList<>();
    for (EventExecutor executor : group) {
      loops.add((EventLoop) executor);
    }
    return loops;
  }

  /** The address of a Unix socket, for {@link #listenerAt} and {@link #connection}. */
  public SocketAddress at(Path socket) {
    return sockets == Sockets.NIO
        ? UnixDomainSocketAddress.of(socket)
        : new DomainSocketAddress(socket.toString());
  }

  /** Whether a channel stays within this machine by its kind: a Unix socket. */
  public static boolean isUnix(Channel channel) {
    return channel instanceof DomainSocketChannel || channel instanceof NioDomainSocketChannel;
  }

  /** Whether sockets of a predecessor can be taken up by this process. */
  public static boolean takesUpSockets() {
    return Sockets.best() == Sockets.EPOLL;
  }

  /**
   * A Unix socket for {@link #listenerAt} that listens already, and did not before its new file had
   * its permissions. Empty where only the listener itself can make one: then its file has for a
   * moment the permissions that the process gives to each, and has to be made out of reach.
   */
  public Optional<FileDescriptor> listening(Path file, Set<PosixFilePermission> permissions)
      throws IOException {
    return sockets == Sockets.EPOLL
        ? Optional.of(SocketFiles.listen(file, permissions))
        : Optional.empty();
  }

  /**
   * A listener whose clients are spread over the event loops. A client that says no more may go on
   * hearing; its channel stays open until somebody closes it.
   *
   * @param address on which it is to listen, or listens already
   * @param keepAlive after how long without a byte a client is asked whether it is there; zero for
   *     what the system has
   * @param inherited the socket that listens already; it belongs to the listener from here on
   */
  public ServerBootstrap listenerAt(
      Address address, Duration keepAlive, Optional<FileDescriptor> inherited) {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .childOption(ChannelOption.RCVBUF_ALLOCATOR, READ_SIZES);
    if (sockets == Sockets.IO_URING) {
      ReadRing.children(bootstrap);
    }
    return switch (address) {
      case SocketFile file ->
          bootstrap.channelFactory(
              inherited
                  .<ChannelFactory<ServerChannel>>map(
                      fd -> () -> new EpollServerDomainSocketChannel(fd.intValue(), true))
                  .orElse(sockets.listeningLocally));
      case HostPort port ->
          overNetwork(bootstrap, keepAlive)
              .channelFactory(
                  inherited
                      .<ChannelFactory<ServerChannel>>map(
                          fd -> () -> new EpollServerSocketChannel(fd.intValue()))
                      .orElse(sockets.listening));
    };
  }

  private ServerBootstrap overNetwork(ServerBootstrap bootstrap, Duration keepAlive) {
    bootstrap
        .option(ChannelOption.SO_REUSEADDR, true)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.SO_KEEPALIVE, true);
    int seconds = Math.toIntExact(keepAlive.toSeconds());
    int interval = Math.max(1, seconds / KEEP_ALIVE_PROBES);
    return switch (keepAlive.isZero() ? Sockets.NIO : sockets) {
      case IO_URING ->
          bootstrap
              .childOption(IoUringChannelOption.TCP_KEEPIDLE, seconds)
              .childOption(IoUringChannelOption.TCP_KEEPINTVL, interval)
              .childOption(IoUringChannelOption.TCP_KEEPCNT, KEEP_ALIVE_PROBES);
      case EPOLL ->
          bootstrap
              .childOption(EpollChannelOption.TCP_KEEPIDLE, seconds)
              .childOption(EpollChannelOption.TCP_KEEPINTVL, interval)
              .childOption(EpollChannelOption.TCP_KEEPCNT, KEEP_ALIVE_PROBES);
      // Where there is no native transport, the system's own times hold.
      case NIO -> bootstrap;
    };
  }

  /** A connection on the given event loop, to the given address. */
  public Bootstrap connection(EventLoop loop, SocketAddress to) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .option(ChannelOption.RCVBUF_ALLOCATOR, READ_SIZES)
            .remoteAddress(to);
    if (sockets == Sockets.IO_URING) {
      ReadRing.connection(bootstrap);
    }
    return to instanceof InetSocketAddress
        ? bootstrap
            .channelFactory(sockets.connecting)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
        : bootstrap.channelFactory(sockets.connectingLocally);
  }

  /** Ends the event loops. */
  public Future<?> stop() {
    // A ring does a moment later what it is asked for, as to send what was said last and to close.
    long quiet = sockets == Sockets.IO_URING ? RING_MILLIS : 0;
    return group.shutdownGracefully(quiet, STOP_MILLIS, TimeUnit.MILLISECONDS);
  }

  private static AdaptiveRecvByteBufAllocator readSizes() {
    AdaptiveRecvByteBufAllocator sizes = new AdaptiveRecvByteBufAllocator(512, 4096, LARGEST_READ);
    sizes.maxMessagesPerRead(1);
    return sizes;
  }
}
