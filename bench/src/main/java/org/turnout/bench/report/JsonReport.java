package org.turnout.bench.report;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.time.Instant;

/** The report for a machine. */
public final class JsonReport {
  private JsonReport() {}

  public static String of(BenchReport report) {
    SimpleModule times = new SimpleModule().addSerializer(Instant.class, new IsoInstant());
    try {
      return JsonMapper.builder()
              .addModule(times)
              .enable(SerializationFeature.INDENT_OUTPUT)
              .build()
              .writeValueAsString(report)
          + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class IsoInstant extends StdSerializer<Instant> {
    IsoInstant() {
      super(Instant.class);
    }

    @Override
    public void serialize(Instant value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      out.writeString(value.toString());
    }
  }
}
