package org.turnout.proxy.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.turnout.protocol.postgres.message.ErrorResponse;
import org.turnout.protocol.postgres.message.FrontendMessage;
import org.turnout.protocol.postgres.message.FrontendSignal;
import org.turnout.protocol.postgres.message.Query;

/**
 * Messages for a backend in cycles, each of which is answered with ReadyForQuery and has a subject,
 * for the report when the server refuses it. Confined to the link's event loop.
 */
final class ReplayScript {
  private final BackendLink link;
  private final List<FrontendMessage> messages = new ArrayList<>();
  private final List<String> subjects = new ArrayList<>();

  ReplayScript(BackendLink link) {
    this.link = link;
  }

  /** What was answered, a cycle each. */
  record Answers(List<String> subjects, List<Exchange.Answer> all) {
    /** Why the first cycle was refused that was, for people. */
    Optional<String> refusal() {
      return refusal(Set.of());
    }

    /** The same of all cycles but these. */
    Optional<String> refusal(Set<Integer> apart) {
      for (int i = 0; i < all.size(); i++) {
        ErrorResponse error = all.get(i).error();
        if (error != null && !apart.contains(i)) {
          return Optional.of(subjects.get(i) + ": " + error.report().message());
        }
      }
      return Optional.empty();
    }

    /** What a statement was found to give in the cycle, if it was asked for in there. */
    Exchange.@Nullable Description description(int cycle) {
      List<Exchange.Description> descriptions = all.get(cycle).descriptions();
      return descriptions.isEmpty() ? null : descriptions.getLast();
    }
  }

  /** How many cycles there are so far: the index of the next one. */
  int size() {
    return subjects.size();
  }

  void query(String subject, String sql) {
    subjects.add(subject);
    messages.add(new Query(sql));
  }

  /** Extended messages, without Sync. */
  void cycle(String subject, List<FrontendMessage> extended) {
    subjects.add(subject);
    messages.addAll(extended);
    messages.add(FrontendSignal.SYNC);
  }

  /** Says all that was not said yet; fails when the connection is lost. */
  CompletableFuture<Answers> send() {
    List<String> asked = List.copyOf(subjects);
    List<FrontendMessage> said = List.copyOf(messages);
    subjects.clear();
    messages.clear();
    return Exchange.run(link, said, asked.size()).thenApply(all -> new Answers(asked, all));
  }
}
