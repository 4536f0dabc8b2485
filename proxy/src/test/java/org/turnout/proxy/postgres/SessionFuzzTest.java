package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.turnout.protocol.postgres.ProtocolException;

/**
 * A session passes on what both ends say, to the byte, or ends; whatever they say, in whatever
 * pieces.
 *
 * <p>An input is a list of steps, each a byte and what belongs to it: bytes or frames of either
 * end, a connection that takes no more or takes again, the gate, an end that goes away.
 *
 * <p>Oracle: the backend is told exactly a beginning of what was taken of the client, and at most a
 * whole Terminate behind whole frames; the client is told a welcome, then exactly a beginning of
 * what was taken of the backend, and at most one FATAL error behind whole frames. Nothing but the
 * protocol's own refusals is thrown. A session that serves and may go on asks for more. What it
 * holds is bounded; when the client is gone, both connections are closed, every buffer is released,
 * and the gate counts nobody.
 */
class SessionFuzzTest {
  private static final long MOST_HELD = 512 * 1024;
  private static final String OF_CLIENTS = "QPBDECHSFdcfX?";
  private static final String OF_SERVERS = "123tTnDCIsGHWdcVNASEEZ?";
  private static final byte[] TERMINATE = {'X', 0, 0, 0, 4};

  /** AuthenticationOk, a setting, a key, ReadyForQuery. */
  private static final byte[] LOGIN =
      join(
          frame('R', new byte[4]),
          frame('S', "client_encoding\0UTF8\0".getBytes(StandardCharsets.US_ASCII)),
          frame('K', new byte[] {0, 0, 0, 7, 1, 2, 3, 4}),
          frame('Z', new byte[] {'I'}));

  /** The steps of an input. */
  private static final class Steps {
    private final byte[] bytes;
    private int at;

    Steps(byte[] bytes) {
      this.bytes = bytes;
    }

    boolean areLeft() {
      return at < bytes.length;
    }

    int next() {
      return areLeft() ? bytes[at++] & 0xff : 0;
    }

    byte[] bytes() {
      int from = at;
      at = Math.min(bytes.length, from + 1 + next());
      return Arrays.copyOfRange(bytes, Math.min(from + 1, at), at);
    }
  }

  @FuzzTest
  void whatOneEndSaysIsWhatTheOtherHears(byte[] input) throws Exception {
    Steps steps = new Steps(input);
    int how = steps.next();
    EmbeddedSession session = new EmbeddedSession(parameters((how & 1) != 0));
    if ((how & 2) == 0) {
      session.backend.say(LOGIN);
    }
    while (steps.areLeft()) {
      step(session, steps);
      session.step();
      check(session);
    }
    session.end();
    check(session);
  }

  private static Map<String, String> parameters(boolean replication) {
    return replication
        ? Map.of("user", "u", "database", "d", "replication", "database")
        : Map.of("user", "u", "database", "d");
  }

  private static void step(EmbeddedSession session, Steps steps) {
    int step = steps.next();
    switch (step % 12) {
      case 0 -> session.client.say(steps.bytes());
      case 1 -> session.backend.say(steps.bytes());
      case 2, 3 -> session.client.say(frame(of(OF_CLIENTS, steps), steps.bytes()));
      case 4, 5 -> session.backend.say(frame(of(OF_SERVERS, steps), steps.bytes()));
      case 6 -> session.backend.say(frame('Z', new byte[] {(byte) "ITEX".charAt(step >> 4 & 3)}));
      case 7 -> session.client.writable(step > 0x7f);
      case 8 -> session.backend.writable(step > 0x7f);
      case 9 -> gate(session, step > 0x7f);
      case 10 -> session.client.say(large(step > 0x7f ? 'd' : 'Q', steps.next() << 9));
      default -> {
        if (step > 0xf0) {
          session.backend.close();
        } else {
          session.backend.say(large(of(OF_SERVERS, steps), steps.next() << 9));
        }
      }
    }
  }

  private static void gate(EmbeddedSession session, boolean open) {
    if (open) {
      session.resume();
    } else {
      session.pause();
    }
  }

  private static void check(EmbeddedSession session) {
    check(session.client.taken(), session.backend.told(), SessionFuzzTest::isTerminate);
    byte[] told = session.client.told();
    int welcome = Math.min(endOfReady(told), told.length);
    byte[] said = session.backend.taken();
    if (session.isServing()) {
      said = Arrays.copyOfRange(said, endOfReady(said), said.length);
      check(said, Arrays.copyOfRange(told, welcome, told.length), SessionFuzzTest::isFatal);
      assertThat(session.memory()).isLessThan(MOST_HELD);
    } else {
      assertThat(endsWithFrame(told, told.length)).isTrue();
    }
    if (session.isEnded()) {
      assertThat(session.client.isOpen()).as("the client's connection").isFalse();
      assertThat(session.backend.isOpen()).as("the backend's connection").isFalse();
    } else if (session.isServing()) {
      assertThat(session.backend.isAsked() || !session.client.isWritable()).isTrue();
      assertThat(session.client.isAsked() || session.isPaused() || !session.backend.isWritable())
          .isTrue();
    }
  }

  /** What may stand behind the bytes that were passed on. */
  private interface LastWords {
    boolean are(byte[] bytes, int from);
  }

  private static void check(byte[] said, byte[] heard, LastWords lastWords) {
    int same = Arrays.mismatch(said, heard);
    boolean isBeginning = same < 0 || same == heard.length;
    for (int from = 0; !isBeginning && from <= same; from++) {
      isBeginning = lastWords.are(heard, from) && endsWithFrame(heard, from);
    }
    if (!isBeginning) {
      assertThat(heard).as("what was heard of what was said").isEqualTo(said);
    }
  }

  private static boolean isTerminate(byte[] bytes, int from) {
    return Arrays.equals(bytes, from, bytes.length, TERMINATE, 0, TERMINATE.length);
  }

  private static boolean isFatal(byte[] bytes, int from) {
    return bytes.length - from > 5
        && bytes[from] == 'E'
        && length(bytes, from) == bytes.length - from - 1
        && new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8)
            .contains("VFATAL\0C" + ProtocolException.SQLSTATE);
  }

  /** Whether the bytes up to there are whole frames. */
  private static boolean endsWithFrame(byte[] bytes, int end) {
    int at = 0;
    while (at < end) {
      if (end - at < 5 || length(bytes, at) < 4 || length(bytes, at) > end - at - 1) {
        return false;
      }
      at += 1 + length(bytes, at);
    }
    return true;
  }

  /** The index behind the first ReadyForQuery; the length when there is none. */
  private static int endOfReady(byte[] bytes) {
    int at = 0;
    while (bytes.length - at >= 5 && length(bytes, at) >= 4) {
      int next = at + 1 + length(bytes, at);
      if (next > bytes.length || next < 0 || bytes[at] == 'Z') {
        return Math.clamp(next, 0, bytes.length);
      }
      at = next;
    }
    return bytes.length;
  }

  private static int length(byte[] bytes, int frame) {
    return java.nio.ByteBuffer.wrap(bytes, frame + 1, 4).getInt();
  }

  private static char of(String types, Steps steps) {
    return types.charAt(steps.next() % types.length());
  }

  /** With a name and a value, as of a setting. */
  private static byte[] large(char type, int size) {
    byte[] body = new byte[size];
    for (int i = 0; i < size - 1; i++) {
      body[i] = (byte) (i == 1 ? 0 : 'x');
    }
    return frame(type, body);
  }

  private static byte[] frame(char type, byte[] body) {
    return WireMessages.message(type, body);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
