package org.turnout.admin.rest;

/** Ends the handling of a request with a problem document. */
final class ProblemException extends Exception {
  private final transient Problem problem;

  ProblemException(Problem problem) {
    super(problem.detail());
    this.problem = problem;
  }

  Problem problem() {
    return problem;
  }
}
