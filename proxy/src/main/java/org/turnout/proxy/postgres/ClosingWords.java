package org.turnout.proxy.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;

/**
 * Looks in texts of a client for the words that close prepared statements by name, DEALLOCATE and
 * DISCARD, also where a text comes in pieces. Taking a literal for such a word is harmless.
 * Allocates nothing. Confined to the session's event loop.
 */
final class ClosingWords implements ByteProcessor {
  private static final long DISCARD = letters("discard");
  private static final long LENGTH_OF_DISCARD = 0xff_ffff_ffff_ffffL;

  /** As much of it as is looked at. */
  private static final long DEALLOCATE = letters("dealloca");

  private long last;

  private static long letters(String word) {
    long letters = 0;
    for (int i = 0; i < word.length(); i++) {
      letters = letters << 8 | word.charAt(i);
    }
    return letters;
  }

  /** Whether one is in the first piece of a text. */
  boolean areIn(ByteBuf bytes, int index, int count) {
    last = 0;
    return areInMore(bytes, index, count);
  }

  /** Whether one ends in the next piece of it. */
  boolean areInMore(ByteBuf bytes, int index, int count) {
    return bytes.forEachByte(index, count, this) >= 0;
  }

  @Override
  public boolean process(byte b) {
    last = last << 8 | ((b | 0x20) & 0xff);
    return last != DEALLOCATE && (last & LENGTH_OF_DISCARD) != DISCARD;
  }
}
