package org.turnout.proxy.postgres;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.message.BackendMessage;

/**
 * What a client is still to be told of the settings of the backend that serves it since a change of
 * primary.
 *
 * <p>Rule: it is told when it has asked for something, before the answer, and not while it rests.
 * Then every driver takes ParameterStatus; a driver that only waits for notifications may know
 * nothing else, and give the connection up. Confined to the session's event loop.
 */
final class UntoldChanges {
  private @Nullable Map<String, String> told;

  /** Another backend serves the client, which knows the settings of this one. */
  void flipped(BackendLink old) {
    if (told == null) {
      told = old.parameters();
    }
  }

  /** What there is to be told now, once. */
  List<BackendMessage> take(BackendLink serving) {
    Map<String, String> known = told;
    if (known == null) {
      return List.of();
    }
    told = null;
    return Welcome.changes(known, serving.parameters());
  }
}
