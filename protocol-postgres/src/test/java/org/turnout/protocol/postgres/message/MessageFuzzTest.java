package org.turnout.protocol.postgres.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.ProtocolException;
import org.turnout.protocol.postgres.frame.Frames;

/**
 * Any bytes are a message or are refused, by every decoder of both directions.
 *
 * <p>Oracle: a decoder throws a {@link ProtocolException}, or gives a message that it took exactly
 * its frame for, whose size is what it encodes to, and that comes out equal when that is decoded
 * again. What surrounds the frame in its buffer makes no difference. What a call allocates is
 * bounded by the length of its input, whatever the counts and lengths in there say.
 */
class MessageFuzzTest {
  /** What a refusal takes, whose text and trace are longer than some inputs. */
  private static final long ALLOCATED_AT_MOST = 64 * 1024;

  private static final long ALLOCATED_PER_BYTE = 256;

  private static final List<Function<ByteBuf, ? extends Message>> OF_CLIENTS =
      List.of(
          Bind::decode,
          Close::decode,
          Describe::decode,
          Execute::decode,
          Parse::decode,
          PasswordMessage::decode,
          Query::decode,
          SaslInitialResponse::decode,
          SaslResponse::decode,
          FrontendSignal.COPY_DONE::decode,
          FrontendSignal.SYNC::decode);

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @FuzzTest
  void packetsThatOpenAConnection(byte[] input) {
    check(input, 0, InitialMessage::decode);
  }

  @FuzzTest
  void messagesOfServers(byte[] input) {
    check(input, 1, BackendMessage::decode);
  }

  @FuzzTest
  void messagesOfClients(byte[] input) {
    OF_CLIENTS.forEach(decoder -> check(input, 1, decoder));
    namesOfABind(input);
  }

  private static void check(
      byte[] input, int lengthField, Function<ByteBuf, ? extends Message> decoder) {
    ByteBuf bytes = Unpooled.wrappedBuffer(input);
    Message message = decoded(bytes, decoder);
    assertThat((Object) decoded(surrounded(input), decoder)).isEqualTo(message);
    if (message == null) {
      return;
    }
    assertThat(bytes.readerIndex()).isEqualTo(lengthField + bytes.getInt(lengthField));
    ByteBuf encoded = Unpooled.buffer(1);
    message.encode(encoded);
    assertThat(message.size()).isEqualTo(encoded.readableBytes());
    assertThat((Object) decoder.apply(encoded)).isEqualTo(message);
    assertThat(encoded.isReadable()).isFalse();
    assertThat(message.toString()).isNotNull();
  }

  private static @Nullable Message decoded(
      ByteBuf bytes, Function<ByteBuf, ? extends Message> decoder) {
    long most = ALLOCATED_AT_MOST + ALLOCATED_PER_BYTE * bytes.readableBytes();
    int start = bytes.readerIndex();
    long before = THREADS.getCurrentThreadAllocatedBytes();
    Message message = result(bytes, decoder);
    if (THREADS.getCurrentThreadAllocatedBytes() - before > most) {
      // Loading the classes takes memory, too; that is done by now.
      bytes.readerIndex(start);
      before = THREADS.getCurrentThreadAllocatedBytes();
      message = result(bytes, decoder);
      assertThat(THREADS.getCurrentThreadAllocatedBytes() - before).isLessThan(most);
    }
    return message;
  }

  private static @Nullable Message result(
      ByteBuf bytes, Function<ByteBuf, ? extends Message> decoder) {
    try {
      return decoder.apply(bytes);
    } catch (ProtocolException e) {
      assertThat(e.getMessage()).isNotBlank();
      return null;
    }
  }

  /** The input in the middle of a buffer that has other bytes before it and behind it. */
  private static ByteBuf surrounded(byte[] input) {
    byte[] other = new byte[input.length + 16];
    Arrays.fill(other, (byte) 'Q');
    System.arraycopy(input, 0, other, 8, input.length);
    return Unpooled.wrappedBuffer(other).setIndex(8, 8 + input.length);
  }

  /** Reads no more than {@link Bind#decode} wants to be right, so it takes all that that takes. */
  private static void namesOfABind(byte[] input) {
    ByteBuf bytes = Unpooled.wrappedBuffer(input);
    Bind.Names names;
    try {
      names = Bind.names(bytes);
    } catch (ProtocolException e) {
      assertThat(decoded(Unpooled.wrappedBuffer(input), Bind::decode)).isNull();
      return;
    }
    assertThat(bytes.readerIndex()).isEqualTo(1 + bytes.getInt(1));
    Message whole = decoded(Unpooled.wrappedBuffer(input), Bind::decode);
    if (whole instanceof Bind bind) {
      assertThat(names).isEqualTo(new Bind.Names(bind.portal(), bind.statement()));
    }
    assertThat(Frames.type(bytes, 0)).isEqualTo((byte) 'B');
  }
}
