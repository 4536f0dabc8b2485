package org.turnout.admin.rest;

import java.util.List;

/** Says whether the program serves: listeners accept and every route's primary is known. */
@FunctionalInterface
public interface Readiness {
  /** What is missing, a sentence each; empty when ready. */
  List<String> missing();
}
