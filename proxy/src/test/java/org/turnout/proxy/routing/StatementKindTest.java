package org.turnout.proxy.routing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatementKindTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | EMPTY | false",
        "-- nothing | EMPTY | false",
        "; ; /* */ | EMPTY | false",
        "SELECT 1 | READ | false",
        "SELECT * FROM account FOR UPDATE | QUERY | false",
        "SELECT nextval('s') | QUERY | false",
        "SELECT now() | QUERY | false",
        "SELECT touch(1) | QUERY | true",
        "SELECT set_config('a', 'b', false) | QUERY | true",
        "SELECT * INTO TEMP x FROM account | QUERY | true",
        "SELECT 1 FROM x FOR UPDATE OF set_config('a', 'b', false) | QUERY | true",
        "INSERT INTO account (id, x) VALUES (1, 2) | WRITE | false",
        "INSERT INTO account (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET (x) = (1) | WRITE |"
            + " false",
        "INSERT INTO account SELECT set_config('a', 'b', false) | WRITE | true",
        "UPDATE account SET abalance = abalance + 1 WHERE aid = 3 | WRITE | false",
        "UPDATE account SET x = 1 WHERE xmin = 5 | WRITE | false",
        "UPDATE pg_settings SET setting = 'x' | WRITE | true",
        "delete from account | WRITE | false",
        "TRUNCATE account | WRITE | false",
        "COPY account FROM STDIN | WRITE | false",
        "BEGIN | BEGIN | false",
        "begin work; | BEGIN | false",
        "START TRANSACTION ISOLATION LEVEL REPEATABLE READ | BEGIN | false",
        "BEGIN READ ONLY | BEGIN_READ_ONLY | false",
        "start transaction read only | BEGIN_READ_ONLY | false",
        "BEGIN WORK ISOLATION LEVEL READ COMMITTED, READ ONLY; | BEGIN_READ_ONLY | false",
        "BEGIN READ ONLY ISOLATION LEVEL READ COMMITTED | BEGIN_READ_ONLY | false",
        "START TRANSACTION READ ONLY, DEFERRABLE | BEGIN | false",
        "BEGIN READ ONLY, ISOLATION LEVEL READ UNCOMMITTED | BEGIN | false",
        "BEGIN READ ONLY, ISOLATION LEVEL REPEATABLE READ | BEGIN | false",
        "BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE READ ONLY | BEGIN | false",
        "BEGIN READ ONLY, READ WRITE | BEGIN | false",
        "BEGIN READ WRITE | BEGIN | false",
        "BEGIN READ ONLY; DELETE FROM account | SEVERAL | true",
        "COMMIT | COMMIT | false",
        "END TRANSACTION | COMMIT | false",
        "COMMIT AND NO CHAIN | COMMIT | false",
        "COMMIT AND CHAIN | OTHER | true",
        "COMMIT PREPARED 'x' | OTHER | true",
        "ROLLBACK | ROLLBACK | false",
        "ABORT | ROLLBACK | false",
        "ROLLBACK AND CHAIN | OTHER | true",
        "ROLLBACK TO SAVEPOINT a | SAVEPOINT | false",
        "ROLLBACK PREPARED 'x' | OTHER | true",
        "SAVEPOINT a | SAVEPOINT | false",
        "RELEASE a | SAVEPOINT | false",
        "SET search_path = x | SESSION_STATE | true",
        "RESET ALL | SESSION_STATE | true",
        "DISCARD ALL | SESSION_STATE | true",
        "DEALLOCATE ALL | SESSION_STATE | true",
        "PREPARE p AS SELECT 1 | SESSION_STATE | true",
        "DECLARE c CURSOR FOR SELECT 1 | SESSION_STATE | true",
        "LISTEN jobs | SESSION_STATE | true",
        "CREATE TEMP TABLE t (a int) | DEFINITION | true",
        "ALTER TABLE account ADD x int | DEFINITION | true",
        "DROP VIEW v | DEFINITION | true",
        "SHOW all | OTHER | true",
        "EXPLAIN SELECT 1 | OTHER | true",
        "CALL p() | OTHER | true",
        "DO $$ begin end $$ | OTHER | true",
        "EXECUTE p | OTHER | true",
        "LOCK account | OTHER | true",
        "NOTIFY jobs | OTHER | true",
        "VACUUM | DEFINITION | true",
        "SELECT 1; SET x = 1 | SEVERAL | true",
        "(DELETE FROM account) | OTHER | true",
        "nonsense | OTHER | true",
        "'text' | OTHER | true",
        "\"BEGIN\" | OTHER | true"
      })
  void isToldByTheWords(String sql, StatementKind kind, boolean mayChangeSession) {
    Classification classification = Rules.classify(sql);

    assertThat(classification.kind()).isEqualTo(kind);
    assertThat(classification.mayChangeSession()).isEqualTo(mayChangeSession);
    assertThat(classification.isRead()).isEqualTo(classification.refusal() == Refusal.NONE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "SELECT 1 | select  'x'",
        "SELECT $1 | SELECT -- c¶ 2.5e3",
        "SELECT * FROM t WHERE a IN (1, 2, 3) | select * from T where A in ($1)",
        "SELECT 'a' 'b' | SELECT $$c$$",
        "SELECT a+b | SELECT a + /* x */ b"
      })
  void textsThatDifferInLiteralsShareAFingerprint(String one, String other) {
    assertThat(Rules.classify(one).fingerprint())
        .isEqualTo(Rules.classify(other.replace('¶', '\n')).fingerprint());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "SELECT a | SELECT b",
        "SELECT a + b | SELECT a - b",
        "SELECT a b | SELECT a, b",
        "SELECT ab | SELECT a b",
        "SELECT 1, a | SELECT 1, 2",
        "SELECT \"a\" | SELECT a",
        "INSERT INTO t VALUES (1) | INSERT INTO t VALUES (1), (2)",
        "SELECT (1) | SELECT 1"
      })
  void textsThatDifferInMoreDoNot(String one, String other) {
    assertThat(Rules.classify(one).fingerprint()).isNotEqualTo(Rules.classify(other).fingerprint());
  }

  @Test
  void aFingerprintIsTheSameEveryTime() {
    assertThat(Rules.classify("SELECT a FROM t").fingerprint())
        .isEqualTo(Rules.classify("SELECT a FROM t").fingerprint());
  }
}
