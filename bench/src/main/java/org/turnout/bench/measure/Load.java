package org.turnout.bench.measure;

import java.util.List;
import java.util.function.Supplier;
import org.turnout.bench.load.Operation;
import org.turnout.bench.load.Operations;

/**
 * One kind of load with a number of clients.
 *
 * @param tls whether the clients encrypt
 * @param quick whether the quick run has it
 * @param latency whether it is also run at a fixed rate
 */
record Load(
    String name,
    String title,
    int clients,
    boolean connects,
    boolean tls,
    boolean quick,
    boolean latency,
    Supplier<Operation> operation) {

  /** Who compares processor times has to know it. */
  private static final String PASSED_THROUGH = ", over TLS (HAProxy only passes it through)";

  static final List<Load> ALL =
      List.of(
          select("simple", 1, true, Operations::simple),
          select("prepared", 1, true, Operations::prepared),
          select("extended", 1, false, Operations::extended),
          select("simple", 16, true, Operations::simple),
          select("prepared", 16, true, Operations::prepared),
          select("extended", 16, false, Operations::extended),
          select("simple", 64, true, Operations::simple),
          select("prepared", 64, true, Operations::prepared),
          select("extended", 64, false, Operations::extended),
          of(
              "read-write-16",
              "transaction of five round trips, 16 clients",
              16,
              Operations::readWrite),
          of("pipeline-4", "pipeline of 100 prepared selects, 4 clients", 4, Operations::pipeline),
          of("large-row-2", "one row of 1 MiB, 2 clients", 2, Operations::largeRow),
          of("copy-out-2", "COPY of 100,000 rows to the client, 2 clients", 2, Operations::copyOut),
          of("copy-in-2", "COPY of 20,000 rows from the client, 2 clients", 2, Operations::copyIn),
          new Load(
              "connect-4",
              "connect, log in, one select, goodbye, 4 clients",
              4,
              true,
              false,
              true,
              false,
              Operations::simple),
          overTls(1, false),
          overTls(16, true),
          new Load(
              "tls-connect-4",
              "connect, log in, one select, goodbye, 4 clients" + PASSED_THROUGH,
              4,
              true,
              true,
              false,
              false,
              Operations::simple));

  /** Whether it asks for one row by its key. */
  boolean isSelect() {
    return title.startsWith("one row by its key");
  }

  private static Load select(
      String protocol, int clients, boolean quick, Supplier<Operation> operation) {
    return new Load(
        protocol + "-" + clients,
        "one row by its key, "
            + protocol
            + ", "
            + clients
            + (clients == 1 ? " client" : " clients"),
        clients,
        false,
        false,
        quick,
        clients <= 16,
        operation);
  }

  private static Load overTls(int clients, boolean quick) {
    Load plain = select("prepared", clients, quick, Operations::prepared);
    return new Load(
        "tls-" + plain.name(),
        plain.title() + PASSED_THROUGH,
        clients,
        false,
        true,
        quick,
        plain.latency(),
        plain.operation());
  }

  private static Load of(String name, String title, int clients, Supplier<Operation> operation) {
    return new Load(name, title, clients, false, false, true, false, operation);
  }
}
