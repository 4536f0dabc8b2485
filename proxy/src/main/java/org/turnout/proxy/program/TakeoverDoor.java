package org.turnout.proxy.program;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
 * Rules: nothing is ended before the successor has all sockets; the connection ends after the state
 * directory is free. Safe for any thread.
 */
final class TakeoverDoor implements AutoCloseable {
  static final String GREETING = "turnout 1";
  static final String SEND = "send";
  static final String HAVE = "have";

  private static final Logger LOG = LoggerFactory.getLogger(TakeoverDoor.class);
  private static final int LONGEST_WORD = 16;

  private final List<ServedRoute> routes;
  private final Runnable taken;
  private final List<Channel> open = new ArrayList<>();
  private @Nullable EventLoopGroup loop;

  /**
   * @param routes whose sockets are handed on
   * @param taken ends this Turnout; called on the door's thread, at most once
   */
  TakeoverDoor(List<ServedRoute> routes, Runnable taken) {
    this.routes = routes;
    this.taken = taken;
  }

  /** The socket of the door. */
  static Path in(Path state) {
    return state.resolve("takeover");
  }

  /** Opens the door, where the system lets sockets be handed on; else says why not. */
  void open(Path state) {
    Path path = in(state);
    if (!Epoll.isAvailable()) {
      LOG.info("no other Turnout can take over from this one: there is no native transport");
      return;
    }
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("turnout-takeover", true), EpollIoHandler.newFactory());
    loop = group;
    try {
      Files.deleteIfExists(path);
      Channel door =
          new ServerBootstrap()
              .group(group)
              .channel(EpollServerDomainSocketChannel.class)
              .childHandler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel successor) {
                      add(successor);
                      successor
                          .pipeline()
                          .addLast(new LineBasedFrameDecoder(LONGEST_WORD), new Successor());
                    }
                  })
              .bind(new DomainSocketAddress(path.toString()))
              .sync()
              .channel();
      add(door);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      LOG.warn("no other Turnout can take over from this one", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      // Netty throws what the bind failed with, undeclared.
      LOG.warn("no other Turnout can take over from this one: {}: {}", path, e.getMessage());
    }
  }

  private synchronized void add(Channel channel) {
    open.add(channel);
  }

  /** Takes what one successor says. */
  private final class Successor extends SimpleChannelInboundHandler<ByteBuf> {
    private Map<String, FileDescriptor> sockets = Map.of();

    @Override
    public void channelActive(ChannelHandlerContext context) {
      Map<String, FileDescriptor> found = new LinkedHashMap<>();
      routes.forEach(route -> found.putAll(route.traffic().sockets()));
      sockets = found;
      StringBuilder words = new StringBuilder(GREETING).append('\n');
      sockets.keySet().forEach(name -> words.append(name).append('\n'));
      words.append('\n');
      context.writeAndFlush(
          context.alloc().buffer().writeBytes(words.toString().getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf line) {
      switch (line.toString(StandardCharsets.UTF_8)) {
        case SEND ->
            sockets
                .values()
                .forEach(socket -> context.write(new FileDescriptor(socket.intValue())));
        case HAVE -> {
          LOG.info("another Turnout takes over");
          routes.forEach(route -> route.traffic().handOver());
          taken.run();
        }
        default -> context.close();
      }
      context.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.warn("the Turnout that wanted to take over is not understood", cause);
      context.close();
    }
  }

  /** The last that is done: a successor begins when its connection ends. */
  @Override
  public void close() throws InterruptedException {
    synchronized (this) {
      open.forEach(Channel::close);
    }
    if (loop != null) {
      loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
  }
}
