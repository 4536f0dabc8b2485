package org.turnout.protocol.leak;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class LeakFailingExtensionTest {
  @Test
  void tellsABufferThatWasDroppedWithoutRelease() throws InterruptedException {
    dropPooled();
    dropUnpooled();

    assertThat(LeakFailingExtension.collectLeaks()).hasSizeGreaterThanOrEqualTo(2);
  }

  @Test
  void tellsEachLeakOnce() throws InterruptedException {
    dropPooled();
    LeakFailingExtension.collectLeaks();

    assertThat(LeakFailingExtension.collectLeaks()).isEmpty();
  }

  @Test
  void isSilentAboutReleasedBuffers() throws InterruptedException {
    LeakFailingExtension.collectLeaks();
    ByteBuf buffer = ByteBufAllocator.DEFAULT.directBuffer(64).writeInt(1);
    buffer.release();

    assertThat(LeakFailingExtension.collectLeaks()).isEmpty();
  }

  private static void dropPooled() {
    ByteBufAllocator.DEFAULT.directBuffer(64).writeInt(1);
  }

  private static void dropUnpooled() {
    Unpooled.directBuffer(64).writeLong(2);
  }
}
