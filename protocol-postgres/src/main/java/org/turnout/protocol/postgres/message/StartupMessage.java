package org.turnout.protocol.postgres.message;

import io.netty.buffer.ByteBuf;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.ProtocolException;

/**
 * StartupMessage: who wants to connect to what.
 *
 * <pre>Int32 length | Int32 version | { String name | String value }* | Byte1 0</pre>
 *
 * @param parameters in the order they came; a name given twice keeps its last value, as the server
 *     does it
 * @see <a
 *     href="https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-STARTUPMESSAGE">StartupMessage</a>
 */
public record StartupMessage(ProtocolVersion version, Map<String, String> parameters)
    implements InitialMessage {

  public StartupMessage {
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }

  /**
   * @throws ProtocolException when the major version is not 3 or the parameters are malformed
   */
  public static StartupMessage decode(ByteBuf buffer) {
    FrameReader reader = FrameReader.startup(buffer);
    ProtocolVersion version = ProtocolVersion.of(reader.int32());
    if (version.major() != 3) {
      throw new ProtocolException("unsupported frontend protocol " + version);
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    for (String name = reader.name(); !name.isEmpty(); name = reader.name()) {
      parameters.put(name, reader.name());
    }
    reader.end();
    return new StartupMessage(version, parameters);
  }

  /** The role, if one was named; a server refuses a start without. */
  public @Nullable String user() {
    return parameters.get("user");
  }

  /** The database; the role's name when none was named. */
  public @Nullable String database() {
    String database = parameters.get("database");
    return database == null || database.isEmpty() ? user() : database;
  }

  @Override
  public int size() {
    int size = 9;
    for (Map.Entry<String, String> parameter : parameters.entrySet()) {
      size += FrameWriter.size(parameter.getKey()) + FrameWriter.size(parameter.getValue());
    }
    return size;
  }

  @Override
  public void encode(ByteBuf buffer) {
    FrameWriter.startup(buffer, version.code(), size());
    parameters.forEach(
        (name, value) -> {
          FrameWriter.string(buffer, name);
          FrameWriter.string(buffer, value);
        });
    buffer.writeByte(0);
  }
}
