package org.turnout.sync;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the data plane asks about one side, over control connections. Blocking; never called on an
 * event loop.
 */
public interface SideCatalogue {
  /**
   * Asks the side for nothing but an answer.
   *
   * @throws SyncException when the side is not reachable or does not let Turnout in
   */
  void requireAccess() throws SyncException;

  /**
   * The password verifier of a role as the side stores it ({@code SCRAM-SHA-256$…}, {@code md5…}),
   * if the role exists and has one.
   *
   * @throws SyncException when the side is not reachable or the control role may not read verifiers
   */
  Optional<String> passwordVerifier(String role) throws SyncException;

  /** What of this side's catalogue decides whether a statement can only read. */
  ReadCatalogue readCatalogue() throws SyncException;

  /**
   * Numbers by which this side's answers name what users made, by what it is on every side. The
   * same column or type has another number on another server, and clients look it up.
   *
   * @return of columns of tables, the OID of the table times 65,536 plus the column's number; of
   *     types whose values hold no numbers themselves, their OID
   */
  Map<String, Long> identifiers() throws SyncException;

  /**
   * Names of the catalogue, lower-case as the server folds them, unqualified.
   *
   * @param safeFunctions functions of which every overload in every schema is immutable or stable
   *     and reads only
   * @param safeRelations tables whose reading runs nothing else: ordinary and partitioned, without
   *     row security
   * @param unsafeNames every other relation, and every function that is not safe and can be called
   *     as {@code row.name}; a statement that contains one of these names anywhere is not a read.
   *     Any other function needs a parenthesis to be called, so its name may be that of a column
   * @param unsafeOperators operators of which some overload is volatile
   */
  record ReadCatalogue(
      Set<String> safeFunctions,
      Set<String> safeRelations,
      Set<String> unsafeNames,
      Set<String> unsafeOperators) {
    public ReadCatalogue {
      safeFunctions = Set.copyOf(safeFunctions);
      safeRelations = Set.copyOf(safeRelations);
      unsafeNames = Set.copyOf(unsafeNames);
      unsafeOperators = Set.copyOf(unsafeOperators);
    }
  }
}
