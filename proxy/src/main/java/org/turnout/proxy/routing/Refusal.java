package org.turnout.proxy.routing;

/** Why a statement is not taken for a read; for metrics and for the statement list. */
public enum Refusal {
  /** It is a read. */
  NONE,
  /** Nothing is known of the side's catalogue. */
  NO_CATALOGUE,
  /** Its first word is not one that a read starts with. */
  NOT_A_QUERY,
  /** More than one statement. */
  SEVERAL_STATEMENTS,
  /** Longer than is looked at. */
  TOO_LONG,
  /** Nested more deeply than is looked at. */
  TOO_DEEP,
  /** Text whose meaning depends on settings, or that no server accepts. */
  UNCLEAR_TEXT,
  /** A construction outside of what is understood. */
  UNCLEAR_STRUCTURE,
  /** A word that writes, locks or changes the session. */
  WRITING_WORD,
  /** A name that the catalogue calls unsafe. */
  UNSAFE_NAME,
  /** A function that the catalogue does not call safe. */
  UNKNOWN_FUNCTION,
  /** A relation that the catalogue does not call safe. */
  UNKNOWN_RELATION,
  /** A type other than the well-known ones: its input may run anything. */
  UNKNOWN_TYPE,
  /** An operator with a volatile meaning. */
  UNSAFE_OPERATOR,
  /** Its answer depends on the server, on the clock or on the session. */
  SERVER_DEPENDENT
}
