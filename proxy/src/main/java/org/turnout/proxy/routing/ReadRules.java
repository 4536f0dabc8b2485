package org.turnout.proxy.routing;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import org.turnout.sync.SideCatalogue.ReadCatalogue;

/**
 * What decides whether a statement can only read: the words of SQL and one side's catalogue, made
 * ready for scanning. Immutable, thread safe; made anew when the catalogue changes.
 */
public final class ReadRules {
  /**
   * Operators that SQL uses without their being written: by LIKE, IN, BETWEEN, CASE, DISTINCT,
   * USING, by sorting and by grouping.
   */
  private static final Set<String> IMPLIED_OPERATORS =
      Set.of("=", "<>", "<", "<=", ">", ">=", "~~", "!~~", "~~*", "!~~*", "~", "!~");

  private final NameTable names;
  private final byte[][] unsafeOperators;
  private final boolean catalogueKnown;

  private ReadRules(Map<String, Integer> facts, Set<String> unsafeOperators, boolean known) {
    this.names = new NameTable(facts);
    this.unsafeOperators =
        unsafeOperators.stream()
            .map(operator -> operator.getBytes(StandardCharsets.UTF_8))
            .toArray(byte[][]::new);
    this.catalogueKnown = known;
  }

  /** Rules with which nothing is a read. */
  public static ReadRules none() {
    return new ReadRules(Vocabulary.facts(), Set.of(), false);
  }

  /**
   * Rules by this catalogue. Where an operator that need not be written is unsafe, nothing is a
   * read.
   */
  public static ReadRules of(ReadCatalogue catalogue) {
    if (!Collections.disjoint(catalogue.unsafeOperators(), IMPLIED_OPERATORS)) {
      return none();
    }
    Map<String, Integer> facts = Vocabulary.facts();
    add(facts, Fact.SAFE_FUNCTION, catalogue.safeFunctions());
    add(facts, Fact.SAFE_RELATION, catalogue.safeRelations());
    add(facts, Fact.UNSAFE, catalogue.unsafeNames());
    return new ReadRules(facts, catalogue.unsafeOperators(), true);
  }

  private static void add(Map<String, Integer> facts, int fact, Set<String> names) {
    names.forEach(name -> facts.merge(name, fact, (one, other) -> one | other));
  }

  NameTable names() {
    return names;
  }

  boolean isCatalogueKnown() {
    return catalogueKnown;
  }

  /** Whether a run of operator characters may contain an unsafe operator. */
  boolean isUnsafeOperator(byte[] text, int start, int end) {
    for (byte[] operator : unsafeOperators) {
      for (int at = start; at + operator.length <= end; at++) {
        if (Arrays.equals(text, at, at + operator.length, operator, 0, operator.length)) {
          return true;
        }
      }
    }
    return false;
  }
}
