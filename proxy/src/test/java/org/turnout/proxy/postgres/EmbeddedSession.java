package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandler;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.turnout.config.Side;
import org.turnout.protocol.postgres.message.BackendKeyData;
import org.turnout.protocol.postgres.message.ProtocolVersion;
import org.turnout.protocol.postgres.message.StartupMessage;
import org.turnout.proxy.gate.Gate;
import org.turnout.proxy.routing.ReadRules;
import org.turnout.proxy.session.Lane;
import org.turnout.proxy.session.Newcomers;
import org.turnout.proxy.session.Registry;
import org.turnout.proxy.session.RouteSnapshot;
import org.turnout.proxy.tls.ChannelSecurity;
import org.turnout.sync.Freshness;
import org.turnout.sync.SideCatalogue.ReadCatalogue;
import org.turnout.sync.Standing;

/**
 * One session between two channels without sockets, on the thread of the test. Each end is a queue
 * of pieces that the session has to ask for, as it asks a socket, and a record of what it was told.
 *
 * <p>What a handler throws comes out of {@link #step}: nothing is turned into a closed connection.
 */
final class EmbeddedSession {
  private static final int LARGEST_READ = 64 * 1024;

  private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(false, true);
  private final Gate gate;
  private final Lane lane;
  private final PostgresSession session;
  private final OneBackend backends = new OneBackend();
  final End client;
  final End backend;

  /** One of the two connections, seen from outside. */
  final class End {
    private final EmbeddedChannel channel;
    private final Queue<byte[]> coming = new ArrayDeque<>();
    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private final ByteArrayOutputStream told = new ByteArrayOutputStream();
    private boolean wanted;
    private boolean gone;

    private End() {
      ChannelOutboundHandlerAdapter asked =
          new ChannelOutboundHandlerAdapter() {
            @Override
            public void read(ChannelHandlerContext context) {
              wanted = true;
            }
          };
      channel = new EmbeddedChannel(asked);
      channel.config().setAutoRead(false);
      channel.config().setAllocator(memory);
      wanted = false;
    }

    /** The other end says something, which waits until it is asked for. */
    void say(byte[] bytes) {
      for (int from = 0; from < bytes.length && !gone; from += LARGEST_READ) {
        coming.add(Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + LARGEST_READ)));
      }
    }

    /** The other end closes, behind what was taken of it. */
    void close() {
      gone = true;
      coming.clear();
      channel.close();
    }

    void writable(boolean writable) {
      if (channel.isOpen()) {
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, writable);
      }
    }

    boolean isOpen() {
      return channel.isOpen();
    }

    /** Whether the session waits for bytes of this end. */
    boolean isAsked() {
      return wanted;
    }

    boolean isWritable() {
      return channel.isWritable();
    }

    byte[] taken() {
      return taken.toByteArray();
    }

    byte[] told() {
      return told.toByteArray();
    }

    private boolean deliver() throws Exception {
      if (!wanted || coming.isEmpty() || !channel.isOpen()) {
        return false;
      }
      wanted = false;
      byte[] piece = coming.remove();
      taken.writeBytes(piece);
      ChannelHandlerContext context = channel.pipeline().lastContext();
      ByteBuf buffer = memory.buffer(piece.length).writeBytes(piece);
      ((ChannelInboundHandler) context.handler()).channelRead(context, buffer);
      return true;
    }

    private void run() {
      channel.runPendingTasks();
      for (Object out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
        ByteBuf bytes = (ByteBuf) out;
        byte[] copy = new byte[bytes.readableBytes()];
        bytes.readBytes(copy).release();
        told.writeBytes(copy);
      }
    }
  }

  /**
   * @param parameters of the client's start
   */
  EmbeddedSession(Map<String, String> parameters) {
    client = new End();
    backend = new End();
    EventLoop loop = client.channel.eventLoop();
    gate = new Gate(List.of(loop));
    RouteSnapshot route = new RouteSnapshot(Standing.INITIAL, 0);
    lane = new Lane(loop, gate.lane(0), () -> route, new Registry(), new Newcomers(1));
    ReadRules rules = ReadRules.of(new ReadCatalogue(Set.of(), Set.of(), Set.of(), Set.of()));
    ReadPolicy policy =
        new ReadPolicy(lane, new Freshness(), Duration.ZERO, () -> rules, ForeignNumbers::none);
    Client who =
        Client.of(
            client.channel,
            ProtocolVersion.V3_0,
            new StartupMessage(ProtocolVersion.V3_0, parameters),
            PasswordCredentials.none());
    session =
        new PostgresSession(lane, 1, who, backends, new CancelKeys(), policy, List.of(), null);
    client.channel.pipeline().addLast(session.start());
    run();
  }

  /** Connects to the one end that there is, with a login as for a real server. */
  private final class OneBackend implements Backends {
    private @Nullable CompletableFuture<BackendLink> ready;
    private @Nullable BackendLink link;

    @Override
    public CompletableFuture<BackendLink> connect(
        EventLoop loop,
        Side side,
        StartupMessage startup,
        Credentials credentials,
        Conversation.Asynchronous asynchronous) {
      CompletableFuture<BackendLink> login = new CompletableFuture<>();
      Conversation conversation = new Conversation(asynchronous);
      BackendLink opened = new BackendLink(side, backend.channel, conversation);
      backend.channel.pipeline().addLast(opened);
      Credentials.Proof proof = credentials.prove(side, ChannelSecurity.of(backend.channel));
      conversation.begin(new BackendLogin(opened, conversation, proof, login));
      ready = login;
      link = opened;
      opened.read();
      return login;
    }

    /** The time for a login is over. */
    void silent() {
      if (ready != null
          && link != null
          && ready.completeExceptionally(
              BackendConnector.unreachable(link.side(), new TimeoutException("no answer")))) {
        link.abort();
      }
    }

    @Override
    public CompletableFuture<Void> cancel(BackendLink link, BackendKeyData key) {
      return CompletableFuture.completedFuture(null);
    }
  }

  /** Delivers what is asked for, piece by piece, until nothing is left that is asked for. */
  void step() throws Exception {
    do {
      run();
    } while (backend.deliver() || client.deliver());
    run();
  }

  private void run() {
    client.run();
    backend.run();
    client.run();
  }

  void pause() {
    gate.pause();
  }

  void resume() {
    gate.resume();
  }

  boolean isPaused() {
    return gate.state() != Gate.State.OPEN;
  }

  boolean isServing() {
    return session.isServing();
  }

  boolean isEnded() {
    return session.isEnded();
  }

  /** Bytes of the buffers that nobody has released. */
  long memory() {
    return memory.metric().usedHeapMemory() + memory.metric().usedDirectMemory();
  }

  /** Ends both connections by the client's; nothing may be left of either. */
  void end() throws Exception {
    client.close();
    step();
    backends.silent();
    run();
    assertThat(session.isEnded()).isTrue();
    assertThat(backend.isOpen()).as("the backend's connection").isFalse();
    assertThat(lane.sessions()).isEmpty();
    assertThat(gate.running()).isZero();
    assertThat(memory()).as("bytes of buffers that were not released").isZero();
    client.channel.checkException();
  }
}
