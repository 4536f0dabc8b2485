package org.turnout.proxy.program;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollDomainSocketChannelConfig;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.proxy.backend.InheritedSockets;
import org.turnout.proxy.backend.Transport;

/**
 * Takes over from the Turnout that uses a state directory: gets its listening sockets through its
 * {@link TakeoverDoor}, has it end, and waits until it has. Whoever connects meanwhile waits in the
 * queues of the sockets. So two processes listen, and one at a time is in charge.
 */
final class Takeover {
  private static final Logger LOG = LoggerFactory.getLogger(Takeover.class);

  /** How long the other Turnout may take to hand its sockets on. */
  static final Duration ANSWER = Duration.ofSeconds(10);

  private Takeover() {}

  /**
   * Blocks until the other Turnout has ended.
   *
   * @throws CommandFailure when there is no door, or the other one does not answer; it goes on then
   */
  static InheritedSockets from(Path state) throws CommandFailure {
    if (!Transport.takesUpSockets()) {
      throw impossible(state, "that takes the transport epoll, which this process does not use");
    }
    EventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("turnout-takeover", true), EpollIoHandler.newFactory());
    Predecessor predecessor = new Predecessor();
    Channel channel = null;
    try {
      channel =
          new Bootstrap()
              .group(loop)
              .channel(EpollDomainSocketChannel.class)
              .handler(predecessor)
              .connect(new DomainSocketAddress(TakeoverDoor.in(state).toString()))
              .sync()
              .channel();
      Map<String, FileDescriptor> sockets =
          predecessor.sockets.get(ANSWER.toNanos(), TimeUnit.NANOSECONDS);
      LOG.info("takes over {} listeners; waits for the other Turnout to end", sockets.size());
      channel.closeFuture().sync();
      return new InheritedSockets(sockets);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw impossible(state, "it was interrupted");
    } catch (TimeoutException e) {
      throw impossible(state, "it does not answer");
    } catch (ExecutionException e) {
      throw impossible(state, String.valueOf(e.getCause()));
    } catch (Exception e) {
      // Netty throws what the connect failed with, undeclared.
      throw impossible(state, String.valueOf(e.getMessage()));
    } finally {
      if (channel != null) {
        channel.close();
      }
      loop.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    }
  }

  private static CommandFailure impossible(Path state, String why) {
    return new CommandFailure(
        "the Turnout that uses the state directory " + state + " cannot be taken over from: " + why,
        "End it, and start this one then.");
  }

  /** What the other Turnout says: names of sockets, and then these. */
  private static final class Predecessor extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<Map<String, FileDescriptor>> sockets =
        new CompletableFuture<>();
    private final StringBuilder words = new StringBuilder();
    private final Map<String, FileDescriptor> got = new LinkedHashMap<>();
    private List<String> names = List.of();

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws IOException {
      if (message instanceof FileDescriptor socket) {
        got.put(names.get(got.size()), socket);
        hasAll(context);
      } else if (message instanceof ByteBuf bytes) {
        words.append(bytes.toString(StandardCharsets.UTF_8));
        bytes.release();
        if (words.toString().endsWith("\n\n")) {
          named(context, words.toString().strip().lines().toList());
        }
      } else {
        ReferenceCountUtil.release(message);
      }
    }

    private void named(ChannelHandlerContext context, List<String> lines) throws IOException {
      if (lines.getFirst().equals(TakeoverDoor.BUSY)) {
        throw new IOException("another one takes over from it already");
      }
      if (!lines.getFirst().equals(TakeoverDoor.GREETING)) {
        throw new IOException("it is of another version");
      }
      names = lines.subList(1, lines.size());
      EpollDomainSocketChannelConfig config =
          (EpollDomainSocketChannelConfig) context.channel().config();
      config.setReadMode(DomainSocketReadMode.FILE_DESCRIPTORS);
      say(context, TakeoverDoor.SEND);
      hasAll(context);
    }

    private void hasAll(ChannelHandlerContext context) {
      if (got.size() == names.size() && sockets.complete(got)) {
        say(context, TakeoverDoor.HAVE);
      }
    }

    private static void say(ChannelHandlerContext context, String word) {
      context.writeAndFlush(
          Unpooled.copiedBuffer(word + "\n", StandardCharsets.UTF_8), context.voidPromise());
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      fail(new EOFException("it closed the connection"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      fail(cause);
      context.close();
    }

    private void fail(Throwable cause) {
      if (sockets.completeExceptionally(cause)) {
        new InheritedSockets(got).close();
      }
    }
  }
}
