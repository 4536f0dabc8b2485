package org.turnout.migration;

import java.io.IOException;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Holds what a route remembers and its file together: a change is durable before anyone sees it.
 * Changed by one thread at a time, read by any.
 */
final class MemoryKeeper {
  private final StateFile file;
  private volatile RouteMemory memory = RouteMemory.DIRECT;

  MemoryKeeper(StateFile file) {
    this.file = file;
  }

  RouteMemory now() {
    return memory;
  }

  /** Takes up what the last process left. */
  void load() throws IOException {
    Optional<RouteMemory> read = file.read();
    if (read.isPresent()) {
      memory = read.get();
    }
  }

  /** Makes a change durable, then visible; nothing is changed when it cannot be written. */
  synchronized void change(UnaryOperator<RouteMemory> change) throws IOException {
    RouteMemory changed = change.apply(memory);
    if (!isNow(changed)) {
      file.write(changed);
      memory = changed;
    }
  }

  /**
   * Takes over what the databases have decided. Their records are the authority, so a file that
   * cannot be written does not stop it; the failure is returned.
   */
  synchronized Optional<IOException> follow(UnaryOperator<RouteMemory> change) {
    RouteMemory changed = change.apply(memory);
    if (isNow(changed)) {
      return Optional.empty();
    }
    memory = changed;
    try {
      file.write(changed);
      return Optional.empty();
    } catch (IOException failure) {
      return Optional.of(failure);
    }
  }

  /** The usual answer costs no comparison of records, whose first use every start would pay for. */
  @SuppressWarnings("ReferenceEquality")
  private boolean isNow(RouteMemory changed) {
    return changed == memory || changed.equals(memory);
  }
}
