package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an ErrorResponse or NoticeResponse.
 *
 * <pre>{ Byte1 field | String value }* | Byte1 0</pre>
 *
 * @param fields values by field, in the order they came
 * @see <a href="https://www.postgresql.org/docs/current/protocol-error-fields.html">Error and
 *     notice fields</a>
 */
public record Report(Map<Character, String> fields) {
  public static final char SEVERITY = 'S';
  public static final char SEVERITY_UNTRANSLATED = 'V';
  public static final char SQLSTATE = 'C';
  public static final char MESSAGE = 'M';
  public static final char DETAIL = 'D';
  public static final char HINT = 'H';

  public Report {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  /**
   * A report of Turnout's own. Its words may quote what somebody else said: a zero in there, which
   * no string of the protocol can hold, is shown as U+FFFD.
   */
  public static Report of(String severity, String sqlState, String message) {
    Map<Character, String> fields = new LinkedHashMap<>();
    fields.put(SEVERITY, severity);
    fields.put(SEVERITY_UNTRANSLATED, severity);
    fields.put(SQLSTATE, sqlState);
    fields.put(MESSAGE, sendable(message));
    return new Report(fields);
  }

  public Report detail(String detail) {
    return with(DETAIL, detail);
  }

  public Report hint(String hint) {
    return with(HINT, hint);
  }

  private Report with(char field, String value) {
    Map<Character, String> more = new LinkedHashMap<>(fields);
    more.put(field, sendable(value));
    return new Report(more);
  }

  private static String sendable(String text) {
    return text.replace('\0', '\ufffd');
  }

  public @Nullable String field(char field) {
    return fields.get(field);
  }

  /** The severity in English where the server says it, else as translated, else empty. */
  public String severity() {
    String untranslated = fields.get(SEVERITY_UNTRANSLATED);
    return untranslated != null ? untranslated : fields.getOrDefault(SEVERITY, "");
  }

  /** Five characters; empty when the server sent none. */
  public String sqlState() {
    return fields.getOrDefault(SQLSTATE, "");
  }

  public String message() {
    return fields.getOrDefault(MESSAGE, "");
  }

  static Report read(FrameReader reader) {
    Map<Character, String> fields = new LinkedHashMap<>();
    for (byte field = reader.int8(); field != 0; field = reader.int8()) {
      fields.put((char) (field & 0xff), reader.string());
    }
    reader.end();
    return new Report(fields);
  }

  int size() {
    int size = 1;
    for (String value : fields.values()) {
      size += 1 + FrameWriter.size(value);
    }
    return size;
  }

  void write(ByteBuf buffer) {
    fields.forEach(
        (field, value) -> {
          buffer.writeByte(field);
          FrameWriter.string(buffer, value);
        });
    buffer.writeByte(0);
  }
}
