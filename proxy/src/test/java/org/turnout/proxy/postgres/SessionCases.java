package org.turnout.proxy.postgres;

import java.util.List;
import java.util.stream.Stream;

/** What clients do in a session that stands, and other proxies got wrong. */
final class SessionCases {
  /** Made once: some of them hold much. */
  private static final List<WireCase> ALL =
      Stream.of(
              QueryCases.all(),
              MessageCases.all(),
              CopyCases.all(),
              StateCases.all(),
              BrokenCases.all())
          .flatMap(List::stream)
          .toList();

  private SessionCases() {}

  static Stream<WireCase> all() {
    return ALL.stream();
  }
}
