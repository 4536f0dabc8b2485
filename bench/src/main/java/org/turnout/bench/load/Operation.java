package org.turnout.bench.load;

import java.util.List;

/**
 * What is measured as one: one or more round trips, each in as many variants as there are keys to
 * ask for. Immutable.
 *
 * @param steps of each round trip its variants
 * @param prepare what a new session does once before, in this order
 * @param queries how many statements the server runs for it
 */
public record Operation(List<List<Step>> steps, List<Step> prepare, int queries) {
  public Operation {
    steps = steps.stream().map(List::copyOf).toList();
    prepare = List.copyOf(prepare);
  }

  int roundTrips() {
    return steps.size();
  }

  Step step(int roundTrip, int random) {
    List<Step> variants = steps.get(roundTrip);
    return variants.get(Integer.remainderUnsigned(random, variants.size()));
  }
}
