package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.proxy.postgres.DescribedPortal.Shown;

class DescribedPortalTest {
  private static final int BEFORE = 3;

  private static byte[] bind(String portal) {
    return WireMessages.bind(portal, "s", new int[0], new int[0], "value");
  }

  /** What the first bytes of a message show behind a Bind, and behind what is not looked at. */
  private static Shown shown(byte[] bind, byte[] next, int there) {
    ByteBuf bytes = Unpooled.buffer();
    bytes.writeZero(BEFORE).writeBytes(bind).writeBytes(next, 0, there);
    return DescribedPortal.behind(bytes, BEFORE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "p", "a portal"})
  void isSeenOnceItsNameIsThere(String portal) {
    byte[] describe = WireMessages.describePortal(portal);

    for (int there = 0; there < describe.length; there++) {
      assertThat(shown(bind(portal), describe, there)).isEqualTo(Shown.NOT_YET);
    }
    assertThat(shown(bind(portal), describe, describe.length)).isEqualTo(Shown.YES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "a portal too"})
  void anotherOneIsNot(String other) {
    byte[] describe = WireMessages.describePortal(other);

    assertThat(shown(bind("a portal"), describe, describe.length)).isEqualTo(Shown.NO);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "s"})
  void aStatementIsNot(String name) {
    byte[] describe = WireMessages.describeStatement(name);

    assertThat(shown(bind(name), describe, describe.length)).isEqualTo(Shown.NO);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5})
  void anythingElseIsKnownByItsFirstByte(int there) {
    assertThat(shown(bind(""), WireMessages.sync(), there)).isEqualTo(Shown.NO);
  }

  /** Nothing of what follows is taken for its name. */
  @ParameterizedTest
  @ValueSource(strings = {"", "a portal"})
  void oneThatIsCutShortIsNot(String portal) {
    byte[] whole = WireMessages.describePortal(portal);
    for (int length = Integer.BYTES; length < whole.length - 1; length++) {
      byte[] describe = whole.clone();
      describe[Integer.BYTES] = (byte) length;

      assertThat(shown(bind(portal), describe, describe.length)).isEqualTo(Shown.NO);
    }
  }

  /** A Bind of which the end is not there yet. */
  @ParameterizedTest
  @ValueSource(ints = {1, 7})
  void isNotSeenBeforeItsBindIsWhole(int missing) {
    byte[] bind = bind("a portal");
    ByteBuf bytes = Unpooled.wrappedBuffer(bind, 0, bind.length - missing);

    assertThat(DescribedPortal.behind(bytes, 0)).isEqualTo(Shown.NOT_YET);
  }
}
