package org.turnout.migration;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.turnout.config.RouteName;
import org.turnout.config.Side;
import org.turnout.sync.Epoch;
import org.turnout.sync.Standing;

/**
 * The local file of one route, {@code <state>/<route>.json}. A write either is there as a whole
 * after a crash or has not happened: temporary file, fsync, rename, fsync of the directory. While a
 * migration runs the decision records of the databases overrule it; once a route is finished it is
 * all there is. One writer at a time.
 */
final class StateFile {
  private static final int VERSION = 1;

  /** Made when there is something to read or to write: the start of a new route has neither. */
  private static final class Json {
    static final JsonMapper MAPPER =
        JsonMapper.builder()
            .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, true)
            .configure(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES, true)
            .build();
  }

  private final Path file;

  StateFile(Path directory, RouteName route) {
    this.file = directory.resolve(route.value() + ".json");
  }

  Path path() {
    return file;
  }

  /**
   * What was written last; empty when the route never wrote.
   *
   * @throws IOException naming the file, when it cannot be read or is not such a file
   */
  Optional<RouteMemory> read() throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      Form form = Json.MAPPER.readValue(file.toFile(), Form.class);
      if (form == null) {
        throw new IllegalArgumentException("it holds nothing");
      }
      return Optional.of(form.memory());
    } catch (JacksonException | IllegalArgumentException broken) {
      throw new IOException(
          "state file "
              + file
              + " cannot be understood; move it away to go by the records of the databases alone",
          broken);
    }
  }

  /** Replaces the file; durable when this returns. */
  void write(RouteMemory memory) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null) {
      throw new IOException("state file " + file + " has no directory");
    }
    Files.createDirectories(directory);
    Path temporary = directory.resolve(file.getFileName() + ".new");
    byte[] text = Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(Form.of(memory));
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(text);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** The file's fields; {@code phase} is for people, it follows from the others. */
  record Form(
      int version,
      String phase,
      long epoch,
      String primary,
      boolean syncWanted,
      boolean caughtUp,
      double greenReads,
      String mirror,
      boolean removing,
      boolean finished) {

    static Form of(RouteMemory memory) {
      return new Form(
          VERSION,
          memory.phase().word(),
          memory.standing().epoch().number(),
          memory.standing().primary().word(),
          memory.syncWanted(),
          memory.caughtUp(),
          memory.greenReads(),
          memory.mirrored() ? "log" : "off",
          memory.removing(),
          memory.finished());
    }

    RouteMemory memory() {
      if (version != VERSION) {
        throw new IllegalArgumentException("version " + version + " is not " + VERSION);
      }
      return new RouteMemory(
          new Standing(new Epoch(epoch), side()),
          syncWanted,
          caughtUp,
          greenReads,
          mirror.equals("log"),
          removing,
          finished);
    }

    private Side side() {
      for (Side side : Side.values()) {
        if (side.word().equals(primary)) {
          return side;
        }
      }
      throw new IllegalArgumentException("primary " + primary + " is neither blue nor green");
    }
  }
}
