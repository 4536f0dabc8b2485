package org.turnout.sync.verify;

/**
 * How a server turns a text into two independent 64-bit numbers that any other server computes
 * alike. {@link #HASHTEXT} is the quicker one but promised by no manual to be the same everywhere,
 * so it is used only after both servers gave the same answers to {@link #probe}; {@link #MD5} also
 * serves servers of different encodings.
 */
enum RowHash {
  HASHTEXT {
    @Override
    String digest(String text) {
      return text + " COLLATE \"C\"";
    }

    @Override
    String first(String digest) {
      return "hashtextextended(" + digest + ", 1)";
    }

    @Override
    String second(String digest) {
      return "hashtextextended(" + digest + ", 2)";
    }
  },

  MD5 {
    @Override
    String digest(String text) {
      return md5(text);
    }

    @Override
    String first(String digest) {
      return "('x' || substr(" + digest + ", 1, 16))::bit(64)::bigint";
    }

    @Override
    String second(String digest) {
      return "('x' || substr(" + digest + ", 17, 16))::bit(64)::bigint";
    }
  };

  /** What is computed once per text, from which both numbers follow. */
  abstract String digest(String text);

  abstract String first(String digest);

  abstract String second(String digest);

  /** The digest of one value for a comparison that a person reads: the same on every server. */
  static String md5(String text) {
    return "md5(convert_to(" + text + ", 'UTF8'))";
  }

  /** A query whose one text tells whether two servers hash alike. */
  String probe() {
    String digest = digest("p.probe");
    return "SELECT string_agg("
        + first(digest)
        + " || '/' || "
        + second(digest)
        + ", ' ' ORDER BY p.number) FROM (VALUES (1, ''::text), (2, 'a'), (3, '(1,\"b c\",)'),"
        + " (4, repeat('0123456789', 1000)), (5, repeat('x', 13))) AS p(number, probe)";
  }
}
