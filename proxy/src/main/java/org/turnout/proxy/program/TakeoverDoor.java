package org.turnout.proxy.program;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.unix.FileDescriptor;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.proxy.backend.SocketFiles;

/**
 * Where a successor comes in: a Unix socket in the state directory, through which a Turnout hands
 * its listening sockets on and is then told to end.
 *
 * <pre>
 * door                                  successor ({@link Takeover})
 *   "turnout 1", a name for each socket, "" ──▶
 *                                       ◀── "send"
 *   the sockets, in that order              ──▶
 *                                       ◀── "have"
 *   ends as by a signal; the end of the connection is the end of all that it does
 * </pre>
 *
 * Rules: one successor at a time, and only as long as it may take, so that nobody who says nothing
 * keeps others out; nothing is ended before it has all sockets; the connection ends after the admin
 * API's address and the state directory are free. Opened and closed by one thread.
 */
final class TakeoverDoor implements AutoCloseable {
  static final String GREETING = "turnout 1";
  static final String SEND = "send";
  static final String HAVE = "have";

  /** What is said to one who comes while another one takes over. */
  static final String BUSY = "busy";

  private static final Logger LOG = LoggerFactory.getLogger(TakeoverDoor.class);
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rw-------");
  private static final int LONGEST_WORD = 16;

  /**
   * A successor that lives needs a moment, and gives up by itself well before this: one that has
   * all sockets takes the end of the connection for the end of this process.
   */
  static final Duration PATIENCE = Takeover.ANSWER.multipliedBy(2);

  private final List<ServedRoute> routes;
  private final Runnable whenTaken;
  private final Deadlines deadlines;
  private @Nullable EventLoopGroup loop;

  /** All that is open; what comes late is closed. */
  private final ChannelGroup channels =
      new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE, true);

  /** Whether one is let in; confined to the door's thread, as is whether it has taken over. */
  private boolean occupied;

  private boolean taken;

  /**
   * @param routes whose sockets are handed on
   * @param whenTaken ends this Turnout; called on the door's thread, at most once
   */
  TakeoverDoor(List<ServedRoute> routes, Runnable whenTaken) {
    this(
        routes,
        whenTaken,
        (thread, late) -> thread.schedule(late, PATIENCE.toNanos(), TimeUnit.NANOSECONDS));
  }

  /**
   * @param deadlines end the time of those who do not take over
   */
  TakeoverDoor(List<ServedRoute> routes, Runnable whenTaken, Deadlines deadlines) {
    this.routes = routes;
    this.whenTaken = whenTaken;
    this.deadlines = deadlines;
  }

  /** How long one may be inside before it has all sockets. */
  interface Deadlines {
    /** Runs {@code late} on the thread when the time is over, unless that is cancelled. */
    Future<?> start(EventExecutor thread, Runnable late);
  }

  /** The socket of the door. */
  static Path in(Path state) {
    return state.resolve("takeover");
  }

  /** Opens the door, where the system lets sockets be handed on; else says why not. */
  void open(Path state) {
    if (!Epoll.isAvailable()) {
      LOG.info("no other Turnout can take over from this one: there is no native transport");
      return;
    }
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("turnout-takeover", true), EpollIoHandler.newFactory());
    try {
      open(in(state), group);
      loop = group;
    } catch (InterruptedException e) {
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      // Netty throws what a step failed with, undeclared.
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
      LOG.warn("no other Turnout can take over from this one: {}", e.toString());
    }
  }

  /** Made beside its place, where it listens for its owner alone before anyone can find it. */
  private void open(Path path, EventLoopGroup group) throws IOException, InterruptedException {
    Path beside = path.resolveSibling(path.getFileName() + ".new");
    Files.deleteIfExists(beside);
    FileDescriptor socket = SocketFiles.listen(beside, OWNER);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .channelFactory(() -> new EpollServerDomainSocketChannel(socket.intValue(), true))
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel successor) {
                    channels.add(successor);
                    successor
                        .pipeline()
                        .addLast(new LineBasedFrameDecoder(LONGEST_WORD), new Successor());
                  }
                });
    try {
      channels.add(bootstrap.register().sync().channel());
      Files.move(beside, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(beside);
    }
  }

  /** Takes what one successor says. */
  private final class Successor extends SimpleChannelInboundHandler<ByteBuf> {
    private Map<String, FileDescriptor> sockets = Map.of();
    private @Nullable Future<?> deadline;
    private boolean inside;
    private boolean sent;

    @Override
    public void channelActive(ChannelHandlerContext context) {
      if (occupied) {
        say(context, BUSY + "\n\n").addListener(ChannelFutureListener.CLOSE);
        return;
      }
      occupied = true;
      inside = true;
      Map<String, FileDescriptor> found = new LinkedHashMap<>();
      routes.forEach(route -> found.putAll(route.traffic().sockets()));
      sockets = found;
      StringBuilder words = new StringBuilder(GREETING).append('\n');
      sockets.keySet().forEach(name -> words.append(name).append('\n'));
      say(context, words.append('\n').toString());
      deadline = deadlines.start(context.executor(), () -> late(context));
    }

    private void late(ChannelHandlerContext context) {
      LOG.warn(
          "a process that came to take over has not done so within {} s, and has to leave",
          PATIENCE.toSeconds());
      context.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (inside) {
        occupied = false;
        mayStay();
      }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf line) {
      String word = line.toString(StandardCharsets.UTF_8);
      if (inside && word.equals(SEND) && !sent) {
        sent = true;
        sockets.values().forEach(socket -> context.write(new FileDescriptor(socket.intValue())));
        context.flush();
      } else if (word.equals(HAVE) && sent) {
        mayStay();
        take();
      } else {
        context.close();
      }
    }

    private void mayStay() {
      Future<?> until = deadline;
      if (until != null) {
        until.cancel(false);
      }
    }

    private void take() {
      if (!taken) {
        taken = true;
        LOG.info("another Turnout takes over");
        routes.forEach(route -> route.traffic().handOver());
        whenTaken.run();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.warn("the Turnout that wanted to take over is not understood", cause);
      context.close();
    }
  }

  private static ChannelFuture say(ChannelHandlerContext context, String words) {
    return context.writeAndFlush(
        context.alloc().buffer().writeBytes(words.getBytes(StandardCharsets.UTF_8)));
  }

  /** The last that is done: a successor begins when its connection ends. */
  @Override
  public void close() throws InterruptedException {
    if (loop != null) {
      // A loop that ends without a quiet period may leave open what is open on it.
      channels.close().await();
      loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
  }
}
