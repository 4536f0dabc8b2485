package org.turnout.proxy.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.turnout.config.SideConfig;
import org.turnout.config.SideTls;
import org.turnout.protocol.postgres.tls.TlsFileException;
import org.turnout.sync.side.SideTrust;

/**
 * TLS towards the database of one side, by the rules of libpq: what is tried in which order, whom
 * it believes, what it shows. Safe for any thread.
 *
 * @see <a href="https://www.postgresql.org/docs/current/libpq-ssl.html">libpq, SSL support</a>
 */
public final class SideEncryption {
  private final SideConfig side;
  private final Optional<FollowedFiles<SslContext>> context;

  private SideEncryption(SideConfig side, Optional<FollowedFiles<SslContext>> context) {
    this.side = side;
    this.context = context;
  }

  /** One way to begin a connection. */
  public enum Attempt {
    /** In plain text. */
    PLAIN,
    /** Asks for TLS, and goes on in plain text if the server has none. */
    ASK,
    /** Asks for TLS and goes on with it only. */
    INSIST,
    /** Begins with TLS. */
    DIRECT
  }

  /**
   * Reads the files.
   *
   * @param name of the side, for the log
   * @throws TlsFileException when one cannot be used
   */
  static SideEncryption load(String name, SideConfig side, String application)
      throws TlsFileException {
    SideTls tls = side.tls();
    if (tls.mode() == SideTls.Mode.DISABLE) {
      return new SideEncryption(side, Optional.empty());
    }
    List<Path> files = new ArrayList<>();
    if (tls.roots() instanceof SideTls.Roots.File(Path roots)) {
      files.add(roots);
    }
    tls.identity().ifPresent(own -> files.addAll(List.of(own.certificate(), own.key())));
    return new SideEncryption(
        side,
        Optional.of(new FollowedFiles<>(name + ", TLS", files, () -> make(side, application))));
  }

  private static SslContext make(SideConfig side, String application) throws TlsFileException {
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(TlsEngine.provider())
            // Whether the host is named is the trust manager's to say, by libpq's rules.
            .endpointIdentificationAlgorithm(null)
            .trustManager(SideTrust.of(side))
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    Protocol.ALPN,
                    SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT,
                    application));
    SideTrust.identity(side).ifPresent(own -> builder.keyManager(own.key(), own.chain()));
    try {
      return builder.build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new TlsFileException("TLS to " + side.address() + " cannot be set up: " + e, e);
    }
  }

  /** What is tried, the second only if the first is refused; one or two. */
  public List<Attempt> attempts() {
    return switch (side.tls().mode()) {
      case DISABLE -> List.of(Attempt.PLAIN);
      case ALLOW -> List.of(Attempt.PLAIN, Attempt.INSIST);
      case PREFER -> List.of(Attempt.ASK, Attempt.PLAIN);
      case REQUIRE, VERIFY_CA, VERIFY_FULL -> List.of(insisting());
    };
  }

  /** How another connection is begun to a server to which one is encrypted. */
  public Attempt insisting() {
    return side.tls().direct() ? Attempt.DIRECT : Attempt.INSIST;
  }

  /** What encrypts one connection. */
  public SslHandler handler(ByteBufAllocator allocator) {
    return context
        .orElseThrow()
        .current()
        .newHandler(allocator, side.address().host(), side.address().port());
  }

  /** Uses the files anew if they have changed. May block. */
  void check() {
    context.ifPresent(FollowedFiles::check);
  }
}
