package org.turnout.proxy.routing;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.turnout.sync.SideCatalogue.ReadCatalogue;

/**
 * No text that writes is ever called a read, and the verdict depends on the text alone.
 *
 * <p>Oracle: where the text lies (an array, a direct buffer, in the midst of other bytes), what was
 * classified before, texts of other literals among it, and whether it is remembered make no
 * difference. A text that is a read has no word that writes outside of strings, comments and quoted
 * names, by a second lexer ({@link PlainWords}) that shares no code with the first. Texts glued
 * together of whole pieces, one of which is such a word, are never a read, whatever the lexers
 * think.
 */
class ReadClassifierFuzzTest {
  private static final List<String> WRITING =
      List.of(
          "insert",
          "update",
          "delete",
          "merge",
          "into",
          "lock",
          "copy",
          "truncate",
          "create",
          "alter",
          "drop",
          "grant",
          "revoke",
          "call",
          "do",
          "nextval",
          "setval",
          "set_config",
          "for",
          "vacuum",
          "refresh",
          "reindex",
          "returning",
          "execute",
          "prepare",
          "notify",
          "listen",
          "evil",
          "touch",
          "recent_orders",
          "pg_advisory_lock");

  /** Each is whole: no string, name or comment is open behind it. */
  private static final List<String> PIECES =
      List.of(
          "select",
          "*",
          "from",
          "account",
          ",",
          "(",
          ")",
          "1",
          "$1",
          "'a'",
          "'it''s'",
          "E'\\''",
          "$$;$$",
          "$a$ $$ ' $a$",
          "\"id\"",
          "\"a\"\"b\"",
          "with",
          "a",
          "as",
          "where",
          "=",
          "::int",
          "values",
          "table",
          "union",
          "all",
          "/* ' */",
          "/* /* */ \" */",
          "-- '\n",
          "--\r",
          "in",
          "exists",
          "count",
          "order",
          "by",
          "limit",
          "1e5",
          ".5",
          "a.b",
          "[",
          "]",
          "case",
          "when",
          "then",
          "end",
          "and",
          "not",
          "'\\'",
          "B'01'",
          "x'ff'",
          "N'n'",
          "@>",
          "->>",
          "-",
          "/",
          "||",
          "interval",
          "'1 day'",
          "cast",
          "join",
          "on",
          "lateral",
          "only",
          "group",
          "filter",
          "over",
          "distinct",
          ";",
          "begin",
          "read",
          "ü",
          "'ü'",
          "date",
          "materialized");

  private static final List<String> GLUE =
      List.of(" ", "\n", "\t", " /**/", " --\n", "/* x */", "\f", " \r\n ", "/*'*/", "--$$\n");

  @FuzzTest
  void theVerdictDependsOnTheTextAlone(byte[] text) {
    Classification expected = new ReadClassifier(Rules.SHOP).classify(text, 0, text.length);
    ReadClassifier reused = new ReadClassifier(Rules.SHOP);
    byte[] other = new byte[text.length + 20];
    Arrays.fill(other, (byte) '\'');
    System.arraycopy(text, 0, other, 7, text.length);
    ByteBuf direct = Unpooled.directBuffer(other.length).writeBytes(other);
    try {
      reused.classify(other, 0, other.length);
      for (byte[] sibling : siblings(text)) {
        reused.classify(sibling, 0, sibling.length);
      }
      assertThat(reused.classify(direct, 7, text.length)).isEqualTo(expected);
      assertThat(reused.classify(other, 7, text.length)).isEqualTo(expected);
      assertThat(reused.classify(Unpooled.wrappedBuffer(other), 7, text.length))
          .isEqualTo(expected);
      assertThat(direct.readerIndex()).isZero();
    } finally {
      direct.release();
    }
    if (expected.isRead()) {
      assertThat(PlainWords.of(text)).doesNotContainAnyElementsOf(WRITING);
      assertThat(expected.mayChangeSession()).isFalse();
    }
    Classification ignorant =
        new ReadClassifier(ReadRules.of(new ReadCatalogue(Set.of(), Set.of(), Set.of(), Set.of())))
            .classify(text, 0, text.length);
    assertThat(ignorant.fingerprint()).isEqualTo(expected.fingerprint());
  }

  /** Texts that may differ in their literals only: the verdict on one must not be another's. */
  private static List<byte[]> siblings(byte[] text) {
    byte[] otherDigits = text.clone();
    byte[] otherStrings = text.clone();
    ByteArrayOutputStream longer = new ByteArrayOutputStream();
    ByteArrayOutputStream emptied = new ByteArrayOutputStream();
    boolean quoted = false;
    for (int i = 0; i < text.length; i++) {
      byte b = text[i];
      quoted ^= b == '\'';
      longer.write(b);
      if (b >= '0' && b <= '9') {
        otherDigits[i] = '7';
        longer.write('7');
      }
      if (quoted && b != '\'') {
        otherStrings[i] = 'x';
      } else {
        emptied.write(b);
      }
    }
    return List.of(otherDigits, otherStrings, longer.toByteArray(), emptied.toByteArray());
  }

  @FuzzTest
  void aTextWithAWordThatWritesIsNoRead(byte[] input) {
    StringBuilder text = new StringBuilder();
    int word = input.length < 2 ? 0 : 2 + (input[0] & 0xff) % (input.length - 1);
    for (int i = 2; i <= input.length; i++) {
      if (i == word) {
        text.append(inSomeCase(WRITING.get((input[1] & 0xff) % WRITING.size()), input[0]));
        text.append(GLUE.get((input[0] & 0x7f) % GLUE.size()));
      }
      if (i < input.length) {
        text.append(PIECES.get((input[i] & 0xff) % PIECES.size()));
        text.append(GLUE.get((input[i] & 0xff) / PIECES.size() % GLUE.size()));
      }
    }
    byte[] sql = text.toString().getBytes(StandardCharsets.UTF_8);

    Classification found = new ReadClassifier(Rules.SHOP).classify(sql, 0, sql.length);

    assertThat(found.isRead() && word > 0).as("%s is a read", text).isFalse();
  }

  private static String inSomeCase(String word, byte how) {
    StringBuilder text = new StringBuilder(word);
    for (int i = 0; i < text.length(); i++) {
      if ((how >> i % 7 & 1) != 0) {
        text.setCharAt(i, word.toUpperCase(Locale.ROOT).charAt(i));
      }
    }
    return text.toString();
  }
}
