package org.turnout.bench.measure;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.turnout.admin.cli.CommandFailure;
import org.turnout.bench.load.LoadException;
import org.turnout.bench.load.Login;
import org.turnout.bench.peer.Backend;
import org.turnout.bench.peer.Foreign;
import org.turnout.bench.peer.Peer;
import org.turnout.bench.peer.Program;
import org.turnout.bench.report.BenchReport;
import org.turnout.bench.report.HtmlReport;
import org.turnout.bench.report.JsonReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code turnout bench}: exit status 0 only when Turnout was measured under every load that the
 * server and the clients can do, and after an interruption that of the signal.
 */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = {
      "Measures what Turnout adds to a query: straight to the database, through Turnout, and",
      "through PgBouncer and HAProxy where they are installed, side by side in one run."
    })
final class BenchCommand implements Callable<Integer> {
  private static final String WRITABLE =
      "Give a file in a directory that exists and that you may write to.";

  @Option(names = "--quick", description = "Fewer loads and shorter rounds: under three minutes.")
  private boolean quick;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = {
        "The database to measure on, postgresql://user:password@host:port/database, in place of an",
        "embedded one. The tables turnout_bench_… are made in it, and removed at the end."
      })
  private @Nullable String url;

  @Option(
      names = "--peer",
      paramLabel = "NAME=HOST:PORT:PID",
      description = "Another proxy that leads to the same database, with the process that it is.")
  private List<String> peers = new ArrayList<>();

  @Option(
      names = "--loads",
      paramLabel = "NAME",
      split = ",",
      description = {
        "Only these loads, for example simple-1,copy-out-2; fresh stands for what only freshly",
        "started processes show: start, long COPY, idle sessions."
      })
  private List<String> loads = new ArrayList<>();

  @Option(names = "--rounds", paramLabel = "N", description = "How many rounds.")
  private @Nullable Integer rounds;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "How long each target is measured in a round.")
  private @Nullable Double seconds;

  @Option(
      names = "--during",
      paramLabel = "mirror|reads|copy|verify",
      description = {
        "Also measure a second Turnout while it works: mirror (green follows), reads (on green),"
            + " copy or verify.",
        "Then only the point selects are measured, unless --loads says otherwise."
      })
  private @Nullable String during;

  @Option(
      names = "--driver",
      paramLabel = "own|pgbench",
      defaultValue = "own",
      description = "Who the clients are: our own, or pgbench where it is installed.")
  private String driver = "own";

  @Option(names = "--json", paramLabel = "FILE", description = "Write all figures to this file.")
  private @Nullable Path json;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Write a page with charts to this file; it needs nothing else.")
  private @Nullable Path html;

  @Override
  public Integer call() throws Exception {
    Plan plan = plan();
    List<Foreign> foreign = foreign();
    Optional<During> work = during();
    Optional<Program> clients = pgbench();
    Optional<Backend> given = backend();
    requireWritable(json);
    requireWritable(html);
    try (Interruption interruption = Interruption.watch()) {
      try {
        return measure(plan, foreign, work, clients, given);
      } catch (Exception e) {
        if (interruption.status() == 0) {
          throw e;
        }
        // Whatever failed did so because it was interrupted.
        System.err.println("turnout: interrupted; all that was started has ended");
        return interruption.status();
      }
    }
  }

  private int measure(
      Plan plan,
      List<Foreign> foreign,
      Optional<During> work,
      Optional<Program> clients,
      Optional<Backend> given)
      throws IOException, InterruptedException, CommandFailure {
    Progress progress = Progress.standard();
    progress.now("starting the databases");
    try (Stage stage = stage(plan, given);
        Bench bench = new Bench(plan, stage, version(), clients, System.out, progress)) {
      BenchReport report = bench.run(foreign, work);
      write(json, JsonReport.of(report));
      write(html, HtmlReport.of(report));
      return bench.isComplete() ? 0 : 1;
    } catch (LoadException e) {
      throw new CommandFailure("The measurement failed: " + e.getMessage());
    } catch (SQLException e) {
      throw new CommandFailure("The database cannot be used: " + e.getMessage());
    }
  }

  /** Better known now than after half an hour. */
  private static void requireWritable(@Nullable Path file) throws CommandFailure {
    if (file != null) {
      Path directory = file.toAbsolutePath().getParent();
      boolean holds =
          !Files.isDirectory(file)
              && (Files.exists(file)
                  ? Files.isWritable(file)
                  : directory != null && Files.isWritable(directory));
      if (!holds) {
        throw new CommandFailure("The report cannot be written to " + file, WRITABLE);
      }
    }
  }

  private Optional<During> during() throws CommandFailure {
    String word = during;
    if (word == null) {
      return Optional.empty();
    }
    Optional<During> found = During.of(word);
    require(word, found.isPresent(), "--during is mirror, reads, copy or verify, not " + word);
    return found;
  }

  private Optional<Program> pgbench() throws CommandFailure {
    if (driver.equals("own")) {
      return Optional.empty();
    }
    require(driver, driver.equals("pgbench"), "--driver is own or pgbench, not " + driver);
    Optional<Program> found = Program.find("pgbench");
    require(driver, found.isPresent(), "There is no pgbench on the path");
    return found;
  }

  private static String version() {
    String version = BenchCommand.class.getPackage().getImplementationVersion();
    return version == null ? "of this checkout" : version;
  }

  private Plan plan() throws CommandFailure {
    Plan plan = quick ? Plan.quick() : Plan.full();
    if (rounds != null) {
      plan = plan.withRounds(require(rounds, rounds >= 1, "--rounds must be 1 or more"));
    }
    if (seconds != null) {
      plan =
          plan.withSlice(
              Duration.ofMillis(
                  (long) (1000 * require(seconds, seconds > 0, "--seconds must be above 0"))));
    }
    if (during != null) {
      plan = plan.during();
    }
    return loads.isEmpty() ? plan : chosen(plan);
  }

  private Plan chosen(Plan plan) throws CommandFailure {
    List<String> names =
        Stream.concat(Load.ALL.stream().map(Load::name), Stream.of(Plan.FRESH)).toList();
    for (String name : loads) {
      require(
          name,
          names.contains(name),
          "there is no load " + name + "; there are " + String.join(", ", names));
    }
    Plan chosen = plan.withLoads(Load.ALL.stream().filter(l -> loads.contains(l.name())).toList());
    return loads.contains(Plan.FRESH) ? chosen : chosen.withoutFresh();
  }

  private static <T> T require(T value, boolean holds, String message) throws CommandFailure {
    if (!holds) {
      throw new CommandFailure(message);
    }
    return value;
  }

  private List<Foreign> foreign() throws CommandFailure {
    List<Foreign> found = new ArrayList<>();
    for (String each : peers) {
      try {
        Foreign peer = Foreign.parse(each);
        boolean taken =
            List.of(Peer.DIRECT, Peer.TURNOUT, Peer.PGBOUNCER, Peer.HAPROXY).contains(peer.name())
                || found.stream().anyMatch(other -> other.name().equals(peer.name()));
        require(each, !taken, "there already is a target " + peer.name() + "; name it otherwise");
        found.add(peer);
      } catch (IllegalArgumentException e) {
        throw new CommandFailure(String.valueOf(e.getMessage()));
      }
    }
    return found;
  }

  private static Stage stage(Plan plan, Optional<Backend> given)
      throws IOException, InterruptedException, SQLException {
    return given.isPresent()
        ? Stage.of(given.get())
        : Stage.embedded(Math.max(600, Math.min(plan.idleSessions(), 1000)));
  }

  private Optional<Backend> backend() throws CommandFailure {
    return url == null ? Optional.empty() : Optional.of(backend(url));
  }

  private static Backend backend(String url) throws CommandFailure {
    try {
      URI parsed = new URI(url);
      String[] user = String.valueOf(parsed.getUserInfo()).split(":", 2);
      String path = String.valueOf(parsed.getPath());
      if (parsed.getHost() == null || parsed.getUserInfo() == null || !path.matches("/[^/]+")) {
        throw new URISyntaxException(url, "user, host and database are needed");
      }
      if (parsed.getQuery() != null || !String.valueOf(parsed.getScheme()).startsWith("postgres")) {
        throw new URISyntaxException(url, "it begins with postgresql:// and has no options");
      }
      return new Backend(
          new InetSocketAddress(parsed.getHost(), parsed.getPort() < 0 ? 5432 : parsed.getPort()),
          new Login(user[0], path.substring(1), user.length == 2 ? user[1] : null));
    } catch (URISyntaxException e) {
      throw new CommandFailure(
          "--url is not the address of a database: " + e.getReason(),
          "It looks like postgresql://user:password@host:port/database.");
    }
  }

  private static void write(@Nullable Path file, String text) throws CommandFailure {
    if (file == null) {
      return;
    }
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new CommandFailure(
          "The report cannot be written to " + file + ": " + e.getMessage(), WRITABLE);
    }
  }
}
