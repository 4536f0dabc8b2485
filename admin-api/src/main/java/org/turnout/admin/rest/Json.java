package org.turnout.admin.rest;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.turnout.sync.SyncStatus;

/**
 * How the records of the migration look as JSON: names as in Java; a duration is a whole number of
 * milliseconds under a name that ends in {@code Millis}; what is absent is {@code null}; constants
 * are words in lower case with hyphens. Safe for any thread.
 */
final class Json {
  static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .addModule(
              new SimpleModule("turnout")
                  .addSerializer(Duration.class, new Millis())
                  .addSerializer(Enum.class, new Word()))
          .addMixIn(SyncStatus.class, SyncStatusNames.class)
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
          .build();

  private Json() {}

  /** A value as JSON text. */
  static String text(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a record cannot be written as JSON: " + value.getClass(), e);
    }
  }

  private abstract static class SyncStatusNames {
    @JsonProperty("etaMillis")
    abstract Optional<Duration> eta();

    @JsonProperty("lagMillis")
    abstract Optional<Duration> lag();
  }

  private static final class Millis extends StdSerializer<Duration> {
    Millis() {
      super(Duration.class);
    }

    @Override
    public void serialize(Duration value, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      json.writeNumber(value.toMillis());
    }
  }

  @SuppressWarnings("rawtypes") // Jackson asks for the raw class of all constants.
  private static final class Word extends StdSerializer<Enum> {
    Word() {
      super(Enum.class);
    }

    @Override
    public void serialize(Enum value, JsonGenerator json, SerializerProvider provider)
        throws IOException {
      json.writeString(value.name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }
  }
}
