package org.turnout.protocol.postgres.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.ProtocolException;

/**
 * Any bytes are a message of the change stream or are refused.
 *
 * <p>Oracle: {@link PgOutputBytes}, which writes a message as a server does, so that what is
 * decoded from there is equal. Every kind of buffer gives the same. A message that is shorter or
 * longer by a byte is refused, as every one says how long it is. Nothing but a {@link
 * ProtocolException} is thrown; with a heap of a GiB, a count of 2 GiB is noticed by itself.
 */
class PgOutputFuzzTest {
  @FuzzTest
  void messagesOfTheChangeStream(byte[] input) {
    PgOutputMessage message = decoded(ByteBuffer.wrap(input.clone()));
    assertThat(decoded(surrounded(input))).isEqualTo(message);
    assertThat(decoded(direct(input))).isEqualTo(message);
    if (message == null) {
      assertThatThrownBy(() -> PgOutputDecoder.decode(Unpooled.wrappedBuffer(input)))
          .isInstanceOf(ProtocolException.class);
      return;
    }
    assertThat(PgOutputDecoder.decode(Unpooled.wrappedBuffer(input))).isEqualTo(message);
    assertThat(decoded(ByteBuffer.wrap(PgOutputBytes.of(message)))).isEqualTo(message);
    assertThat(decoded(ByteBuffer.wrap(Arrays.copyOf(input, input.length - 1)))).isNull();
    assertThat(decoded(ByteBuffer.wrap(Arrays.copyOf(input, input.length + 1)))).isNull();
    assertThat(message.toString()).isNotNull();
    assertThat(message.hashCode()).isEqualTo(decoded(direct(input)).hashCode());
  }

  private static @Nullable PgOutputMessage decoded(ByteBuffer bytes) {
    try {
      PgOutputMessage message = PgOutputDecoder.decode(bytes);
      assertThat(bytes.hasRemaining()).isFalse();
      return message;
    } catch (ProtocolException e) {
      assertThat(e.getMessage()).isNotBlank();
      return null;
    }
  }

  private static ByteBuffer surrounded(byte[] input) {
    byte[] other = new byte[input.length + 16];
    Arrays.fill(other, (byte) 'I');
    System.arraycopy(input, 0, other, 8, input.length);
    return ByteBuffer.wrap(other, 8, input.length).slice();
  }

  private static ByteBuffer direct(byte[] input) {
    return ByteBuffer.allocateDirect(input.length).put(input).flip();
  }
}
