package org.turnout.protocol.postgres.authentication;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Prepares a password for SCRAM the way a PostgreSQL server and libpq do it.
 *
 * <p>That is RFC 4013 with two rules of PostgreSQL's: text that SASLprep refuses is used as it is,
 * and prohibited characters are looked for before the normalisation. Pure ASCII is never changed.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc4013">RFC 4013</a>
 */
final class SaslPrep {
  private static final String RESOURCE = "saslprep.txt";

  private SaslPrep() {}

  static String prepare(String password) {
    if (password.chars().allMatch(c -> c < 0x80)) {
      return password;
    }
    String mapped = map(password);
    boolean refused = mapped.isEmpty() || isProhibited(mapped) || isMixedDirection(mapped);
    return refused ? password : Normalizer.normalize(mapped, Normalizer.Form.NFKC);
  }

  private static String map(String text) {
    StringBuilder mapped = new StringBuilder(text.length());
    text.codePoints()
        .filter(c -> !Tables.NOTHING.get(c))
        .forEach(c -> mapped.appendCodePoint(Tables.SPACE.get(c) ? ' ' : c));
    return mapped.toString();
  }

  private static boolean isProhibited(String text) {
    return text.codePoints().anyMatch(c -> Tables.PROHIBITED.get(c) || Tables.UNASSIGNED.get(c));
  }

  private static boolean isMixedDirection(String text) {
    if (text.codePoints().noneMatch(Tables.RIGHT_TO_LEFT::get)) {
      return false;
    }
    return text.codePoints().anyMatch(Tables.LEFT_TO_RIGHT::get)
        || !Tables.RIGHT_TO_LEFT.get(text.codePointAt(0))
        || !Tables.RIGHT_TO_LEFT.get(text.codePointBefore(text.length()));
  }

  /** The tables, loaded when the first password outside of ASCII comes. */
  private static final class Tables {
    static final BitSet UNASSIGNED;
    static final BitSet PROHIBITED;
    static final BitSet NOTHING;
    static final BitSet SPACE;
    static final BitSet RIGHT_TO_LEFT;
    static final BitSet LEFT_TO_RIGHT;

    static {
      Map<String, BitSet> tables = load();
      UNASSIGNED = table(tables, "unassigned");
      PROHIBITED = table(tables, "prohibited");
      NOTHING = table(tables, "nothing");
      SPACE = table(tables, "space");
      RIGHT_TO_LEFT = table(tables, "rightToLeft");
      LEFT_TO_RIGHT = table(tables, "leftToRight");
    }

    private static BitSet table(Map<String, BitSet> tables, String name) {
      BitSet table = tables.get(name);
      if (table == null) {
        throw new IllegalStateException(RESOURCE + " lacks " + name);
      }
      return table;
    }

    private static Map<String, BitSet> load() {
      try (InputStream resource = SaslPrep.class.getResourceAsStream(RESOURCE)) {
        if (resource == null) {
          throw new IllegalStateException(RESOURCE + " is not packaged");
        }
        return read(new BufferedReader(new InputStreamReader(resource, StandardCharsets.US_ASCII)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static Map<String, BitSet> read(BufferedReader lines) throws IOException {
      Map<String, BitSet> tables = new HashMap<>();
      BitSet table = new BitSet();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("[")) {
          table = new BitSet();
          tables.put(line.substring(1, line.length() - 1), table);
        } else if (!line.startsWith("#")) {
          for (String range : line.split(" ")) {
            int dash = range.indexOf('-');
            int first = Integer.parseInt(range, 0, dash < 0 ? range.length() : dash, 16);
            int last = Integer.parseInt(range, dash + 1, range.length(), 16);
            table.set(first, last + 1);
          }
        }
      }
      return tables;
    }
  }
}
