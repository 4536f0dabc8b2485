package org.turnout.bench.measure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.turnout.bench.load.LoadException;
import org.turnout.bench.load.Login;
import org.turnout.bench.load.Sample;
import org.turnout.bench.peer.Peer;
import org.turnout.bench.peer.Program;

/**
 * PostgreSQL's own pgbench as the clients: slower than ours, but everybody's. It connects anew for
 * each slice, counts whole seconds, and tells the latency of a tenth of its transactions.
 *
 * @param program pgbench
 * @param directory for its script and its logs
 */
record PgBench(Load load, Script script, Login login, Program program, Path directory)
    implements Driver {
  private static final Pattern RATE = Pattern.compile("^tps = ([0-9.]+)", Pattern.MULTILINE);
  private static final Pattern COUNT =
      Pattern.compile("^number of transactions actually processed: (\\d+)", Pattern.MULTILINE);
  private static final String KEY = "\\set id random(1, 100000)\n";
  private static final String SELECT =
      "SELECT balance, filler FROM turnout_bench_account WHERE id = :id;\n";

  /** What pgbench runs, and in which of its modes. */
  record Script(String mode, String text, int queries) {}

  /** The load for pgbench; empty for one that it cannot do. */
  static Optional<Script> script(Load load) {
    String name = load.tls() ? load.name().substring("tls-".length()) : load.name();
    String kind = name.substring(0, name.lastIndexOf('-'));
    return switch (kind) {
      case "simple", "extended", "prepared" -> Optional.of(new Script(kind, KEY + SELECT, 1));
      case "connect" -> Optional.of(new Script("simple", KEY + SELECT, 1));
      case "read-write" ->
          Optional.of(
              new Script(
                  "simple",
                  KEY
                      + "BEGIN;\nUPDATE turnout_bench_account SET balance = balance + 1"
                      + " WHERE id = :id;\n"
                      + SELECT
                      + "INSERT INTO turnout_bench_history (account, delta, made)"
                      + " VALUES (:id, 1, now());\nCOMMIT;\n",
                  5));
      default -> Optional.empty();
    };
  }

  @Override
  public Sample closedLoop(Peer peer, Duration time)
      throws LoadException, IOException, InterruptedException {
    return run(peer, time, List.of());
  }

  @Override
  public Sample openLoop(Peer peer, double perSecond, Duration time)
      throws LoadException, IOException, InterruptedException {
    return run(peer, time, List.of("-R", String.format(Locale.ROOT, "%.0f", perSecond)));
  }

  @Override
  public int queries() {
    return script.queries();
  }

  private Sample run(Peer peer, Duration time, List<String> further)
      throws LoadException, IOException, InterruptedException {
    Path home = Files.createTempDirectory(directory, "pgbench-");
    Path file = Files.writeString(home.resolve("script.sql"), script.text());
    long seconds = Math.max(1, Math.round(time.toMillis() / 1e3));
    List<String> command =
        new ArrayList<>(
            List.of(
                program.file().toString(),
                "-n",
                "-h",
                peer.address().getHostString(),
                "-p",
                Integer.toString(peer.address().getPort()),
                "-U",
                login.user(),
                "-c",
                Integer.toString(load.clients()),
                "-T",
                Long.toString(seconds),
                "-M",
                script.mode(),
                "-f",
                file.toString(),
                "-l",
                "--sampling-rate=0.1",
                "--log-prefix=" + home.resolve("log")));
    command.addAll(further);
    if (load.connects()) {
      command.add("-C");
    }
    command.add(login.database());
    return sample(output(command), latencies(home));
  }

  private String output(List<String> command)
      throws LoadException, IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    // Left to itself it would encrypt wherever it can, on some of the targets.
    builder.environment().put("PGSSLMODE", login.encrypted() ? "require" : "disable");
    String password = login.password();
    if (password != null) {
      builder.environment().put("PGPASSWORD", password);
    }
    Process process = builder.start();
    try {
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new LoadException("pgbench failed: " + text.strip());
      }
      return text;
    } finally {
      process.destroyForcibly();
    }
  }

  private static Sample sample(String output, Histogram latencies) throws LoadException {
    Matcher rate = RATE.matcher(output);
    Matcher count = COUNT.matcher(output);
    if (!rate.find() || !count.find() || latencies.getTotalCount() == 0) {
      throw new LoadException("pgbench said nothing that can be understood: " + output.strip());
    }
    long operations = Long.parseLong(count.group(1));
    return new Sample(
        operations, (long) (operations * 1e9 / Double.parseDouble(rate.group(1))), latencies);
  }

  /** Each line of its log: client, transaction, microseconds, and more. */
  private static Histogram latencies(Path home) throws IOException {
    Histogram latencies = Sample.histogram();
    try (Stream<Path> files = Files.list(home)) {
      for (Path log : files.filter(f -> f.getFileName().toString().startsWith("log")).toList()) {
        for (String line : Files.readAllLines(log)) {
          Sample.record(latencies, Long.parseLong(line.split(" ")[2]) * 1000);
        }
      }
    }
    return latencies;
  }

  @Override
  public void close() {}
}
