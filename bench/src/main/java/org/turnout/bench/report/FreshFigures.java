package org.turnout.bench.report;

import org.jspecify.annotations.Nullable;

/**
 * What a freshly started target shows.
 *
 * @param startMillis from its start to the answer of the first query; null where it was not started
 * @param emptyBytes resident after the first query, before the idle sessions
 * @param sessions how many idle sessions were held
 * @param residentPerSession bytes that each of them added to what is resident
 * @param heapPerSession bytes of live objects on the heap of a JVM that each of them added
 * @param copiedBytes how much was then copied through it in one COPY
 * @param copyGrowth bytes by which the most that ever was resident grew in that COPY
 * @param copyHeapGrowth bytes by which the live objects on the heap grew in it
 */
public record FreshFigures(
    String target,
    @Nullable Spread startMillis,
    long emptyBytes,
    int sessions,
    double residentPerSession,
    @Nullable Double heapPerSession,
    long copiedBytes,
    long copyGrowth,
    @Nullable Long copyHeapGrowth) {}
