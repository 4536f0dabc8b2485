package org.turnout.proxy.routing;

/** The keywords that {@link ReadGrammar} and {@link StatementShape} treat each in its own way. */
enum Word {
  NONE,
  SELECT,
  VALUES,
  TABLE,
  WITH,
  RECURSIVE,
  AS,
  MATERIALIZED,
  FROM,
  JOIN,
  ONLY,
  LATERAL,
  IS,
  NOT,
  DISTINCT,
  ALL,
  GROUP,
  ORDER,
  PARTITION,
  BY,
  /** UNION, INTERSECT, EXCEPT. */
  UNION,
  /** A reserved word that ends a FROM clause and has no other meaning here. */
  CLAUSE,
  CAST,
  /** A function in whose parentheses FROM is no clause: EXTRACT, SUBSTRING, TRIM, OVERLAY. */
  EXTRACT,
  /** OVER and FILTER: behind the closing parenthesis of a call. */
  OVER,
  WITHIN,
  GROUPING,
  SETS,
  /** CUBE and ROLLUP. */
  CUBE,
  /** CHARACTER, CHAR, BIT. */
  CHARACTER,
  VARYING,
  READ,
  WRITE,
  AND,
  NO,
  CHAIN,
  TO,
  PREPARED,
  INTO,
  TRANSACTION,
  WORK,
  ISOLATION,
  LEVEL,
  COMMITTED;

  private static final Word[] ALL_WORDS = values();

  static Word of(int ordinal) {
    return ALL_WORDS[ordinal];
  }
}
