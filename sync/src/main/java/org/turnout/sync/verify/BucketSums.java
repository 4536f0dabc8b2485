package org.turnout.sync.verify;

/**
 * Per bucket of a table on one side: number of rows and the sums, modulo 2^64, of both hashes. Sums
 * do not depend on the order of rows and add up over any division of the table, so each side may be
 * scanned in ranges of its own. Not for several threads at once.
 */
final class BucketSums {
  private final long[] counts;
  private final long[] firsts;
  private final long[] seconds;

  BucketSums(int buckets) {
    counts = new long[buckets];
    firsts = new long[buckets];
    seconds = new long[buckets];
  }

  int buckets() {
    return counts.length;
  }

  void add(int bucket, long count, long first, long second) {
    counts[bucket] += count;
    firsts[bucket] += first;
    seconds[bucket] += second;
  }

  void add(BucketSums other) {
    for (int i = 0; i < counts.length; i++) {
      add(i, other.counts[i], other.firsts[i], other.seconds[i]);
    }
  }

  long count(int bucket) {
    return counts[bucket];
  }

  long rows() {
    long rows = 0;
    for (long count : counts) {
      rows += count;
    }
    return rows;
  }

  boolean sameBucket(int bucket, BucketSums other) {
    return counts[bucket] == other.counts[bucket]
        && firsts[bucket] == other.firsts[bucket]
        && seconds[bucket] == other.seconds[bucket];
  }
}
