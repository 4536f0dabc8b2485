import com.google.googlejavaformat.java.Formatter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Formats every Java source of the modules with google-java-format, on the JDK of the toolchain (the formatter reads the
 * language level of the JDK that it runs on, which Maven's own JDK may lack).
 *
 * <p>{@code java Format.java apply|check ROOT}: {@code apply} rewrites files, {@code check} ends with status 1 and names
 * the files that differ.
 */
public class Format {
  public static void main(String[] arguments) throws Exception {
    boolean check = arguments[0].equals("check");
    Path root = Path.of(arguments[1]);
    List<Path> different = new ArrayList<>();
    Formatter formatter = new Formatter();
    for (Path source : sources(root)) {
      String before = Files.readString(source);
      String after = formatter.formatSourceAndFixImports(before);
      if (!after.equals(before)) {
        different.add(root.relativize(source));
        if (!check) {
          Files.writeString(source, after);
        }
      }
    }
    if (check && !different.isEmpty()) {
      System.err.println("Not formatted; `mvn validate` formats them:");
      different.forEach(path -> System.err.println("  " + path));
      System.exit(1);
    }
  }

  private static List<Path> sources(Path root) throws IOException {
    List<Path> sources = new ArrayList<>();
    try (Stream<Path> modules = Files.list(root)) {
      for (Path module : modules.filter(path -> Files.exists(path.resolve("pom.xml"))).toList()) {
        for (String tree : List.of("src/main/java", "src/test/java", "src/jmh/java")) {
          collect(module.resolve(tree), sources);
        }
      }
    }
    return sources;
  }

  private static void collect(Path tree, List<Path> into) {
    if (!Files.isDirectory(tree)) {
      return;
    }
    try (Stream<Path> files = Files.walk(tree)) {
      files.filter(path -> path.toString().endsWith(".java")).sorted().forEach(into::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
