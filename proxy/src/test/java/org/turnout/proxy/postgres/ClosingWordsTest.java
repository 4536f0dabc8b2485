package org.turnout.proxy.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClosingWordsTest {
  private final ClosingWords words = new ClosingWords();

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"DISCARD ALL", "select 1; Deallocate s", "deallocate", "x\0disCARD"})
  void areFoundWhereverTheTextIsCut(String text) {
    ByteBuf all = bytes(text);

    for (int cut = 0; cut <= all.writerIndex(); cut++) {
      boolean first = words.areIn(all, 0, cut);
      assertThat(first | words.areInMore(all, cut, all.writerIndex() - cut)).as("%d", cut).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "dis card", "SELECT 1", "deal", "discar", "dédiscar d"})
  void areNotFoundElsewhere(String text) {
    ByteBuf all = bytes(text);

    assertThat(words.areIn(all, 0, all.writerIndex())).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"discar, d", "dealloc, a"})
  void doNotBeginInOneTextAndEndInTheNext(String beginning, String end) {
    words.areIn(bytes(beginning), 0, beginning.length());

    assertThat(words.areIn(bytes(end), 0, end.length())).isFalse();
  }
}
