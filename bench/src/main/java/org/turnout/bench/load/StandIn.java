package org.turnout.bench.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.frame.Frames;
import org.turnout.protocol.postgres.frame.FrontendType;
import org.turnout.protocol.postgres.message.Authentication;
import org.turnout.protocol.postgres.message.BackendKeyData;
import org.turnout.protocol.postgres.message.CommandComplete;
import org.turnout.protocol.postgres.message.InitialMessage;
import org.turnout.protocol.postgres.message.Message;
import org.turnout.protocol.postgres.message.ParameterStatus;
import org.turnout.protocol.postgres.message.ReadyForQuery;
import org.turnout.protocol.postgres.message.SecretKey;
import org.turnout.protocol.postgres.message.SslRequest;
import org.turnout.protocol.postgres.message.StartupMessage;
import org.turnout.protocol.postgres.message.TransactionStatus;

/**
 * Stands in for the database where thousands of idle sessions are held, which a server that forks a
 * process for each could not: it lets {@link #USER} in, tells what a server tells, and then waits
 * with the client. Everybody else is led to the real server, a proxy's own connections for example.
 * On the generator's event loop.
 */
public final class StandIn implements AutoCloseable {
  /** The role of the idle sessions. */
  public static final String USER = "turnout_idle";

  /** What a server of today tells of itself at the start of each connection. */
  private static final Map<String, String> SETTINGS =
      Map.ofEntries(
          Map.entry("application_name", "turnout-bench"),
          Map.entry("client_encoding", "UTF8"),
          Map.entry("DateStyle", "ISO, MDY"),
          Map.entry("default_transaction_read_only", "off"),
          Map.entry("in_hot_standby", "off"),
          Map.entry("integer_datetimes", "on"),
          Map.entry("IntervalStyle", "postgres"),
          Map.entry("is_superuser", "off"),
          Map.entry("scram_iterations", "4096"),
          Map.entry("search_path", "\"$user\", public"),
          Map.entry("server_encoding", "UTF8"),
          Map.entry("server_version", "18.6"),
          Map.entry("session_authorization", USER),
          Map.entry("standard_conforming_strings", "on"),
          Map.entry("TimeZone", "Etc/UTC"));

  private static final ByteBuf DONE =
      Requests.bytes(new CommandComplete("SET"), new ReadyForQuery(TransactionStatus.IDLE));

  private final Generator generator;
  private final InetSocketAddress server;
  private final Channel listener;

  /** Listens on a free port of the loopback. */
  public StandIn(Generator generator, InetSocketAddress server) {
    this.generator = generator;
    this.server = server;
    this.listener =
        new ServerBootstrap()
            .group(generator.group())
            .channel(generator.listening())
            .option(ChannelOption.SO_BACKLOG, 4096)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new Start());
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly()
            .channel();
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  @Override
  public void close() {
    listener.close().syncUninterruptibly();
  }

  private static List<Message> greeting() {
    List<Message> greeting = new ArrayList<>(List.of(new Authentication.Ok()));
    SETTINGS.forEach((name, value) -> greeting.add(new ParameterStatus(name, value)));
    greeting.add(new BackendKeyData(1, new SecretKey(new byte[] {1, 2, 3, 4})));
    greeting.add(new ReadyForQuery(TransactionStatus.IDLE));
    return greeting;
  }

  /** Finds out who comes. */
  private final class Start extends ChannelInboundHandlerAdapter {
    private @Nullable ByteBuf pending;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf bytes = (ByteBuf) message;
      ByteBuf before = pending;
      if (before != null) {
        before.writeBytes(bytes);
        bytes.release();
        bytes = before;
      }
      pending = bytes;
      int size = Frames.startupSize(bytes, bytes.readerIndex());
      if (size == Frames.INCOMPLETE || size > bytes.readableBytes()) {
        return;
      }
      pending = null;
      took(context, bytes);
    }

    private void took(ChannelHandlerContext context, ByteBuf bytes) {
      InitialMessage first = InitialMessage.decode(bytes.duplicate());
      switch (first) {
        case SslRequest _ -> {
          bytes.release();
          context.writeAndFlush(context.alloc().buffer(1).writeByte('N'));
        }
        case StartupMessage startup when USER.equals(startup.user()) -> {
          bytes.release();
          context.pipeline().replace(this, null, new Waiting());
          context.writeAndFlush(Requests.bytes(greeting()));
        }
        default -> lead(context, bytes);
      }
    }

    private void lead(ChannelHandlerContext context, ByteBuf bytes) {
      Channel client = context.channel();
      client.config().setAutoRead(false);
      context.pipeline().remove(this);
      Bootstrap toServer = generator.bootstrap(new Relay(client));
      toServer
          .connect(server)
          .addListener(
              (ChannelFutureListener)
                  connected -> {
                    if (!connected.isSuccess()) {
                      bytes.release();
                      client.close();
                      return;
                    }
                    client.pipeline().addLast(new Relay(connected.channel()));
                    connected.channel().writeAndFlush(bytes);
                    client.config().setAutoRead(true);
                  });
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      ByteBuf rest = pending;
      pending = null;
      if (rest != null) {
        rest.release();
      }
    }
  }

  /** Agrees to whatever a proxy sets, until the goodbye. */
  private static final class Waiting extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf bytes = (ByteBuf) message;
      try {
        if (bytes.getByte(bytes.readerIndex()) == FrontendType.TERMINATE) {
          context.close();
        } else {
          context.writeAndFlush(DONE.retainedDuplicate());
        }
      } finally {
        bytes.release();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }

  /** One direction of a connection that is led on; proxies ask little over it. */
  private static final class Relay extends ChannelInboundHandlerAdapter {
    private final Channel other;

    Relay(Channel other) {
      this.other = other;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      other.writeAndFlush(message);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      other.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }
}
