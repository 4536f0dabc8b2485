package org.turnout.proxy.postgres;

import java.util.concurrent.CompletionException;

/** What a step of the protocol failed with, without what the steps before it wrapped it in. */
final class Cause {
  private Cause() {}

  static Throwable of(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : null;
    return cause == null ? failure : cause;
  }
}
