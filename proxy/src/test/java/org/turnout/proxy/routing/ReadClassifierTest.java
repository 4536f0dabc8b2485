package org.turnout.proxy.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.turnout.sync.SideCatalogue.ReadCatalogue;

class ReadClassifierTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1",
        "select * from account",
        "SELECT abalance FROM account WHERE aid = 42;",
        "SELECT abalance FROM account WHERE aid = $1",
        "  /* note */ SELECT -- more\n * FROM account ;  -- end",
        "SELECT a.id, b.name FROM account a, branch AS b WHERE a.bid = b.id",
        "SELECT * FROM public.account a LEFT JOIN branch b ON a.bid = b.id, orders o",
        "SELECT * FROM account JOIN branch USING (bid) ORDER BY 1 LIMIT 10 OFFSET 5",
        "SELECT * FROM (account a JOIN branch b ON (a.bid = b.bid)) WHERE a.id IN (1, 2, 3)",
        "SELECT count(*), sum(x) FROM account GROUP BY bid HAVING count(*) > 1",
        "SELECT x FROM account WHERE EXISTS (SELECT 1 FROM orders o WHERE o.aid = account.id)",
        "SELECT (SELECT max(id) FROM orders) FROM account",
        "SELECT * FROM (SELECT id FROM account) AS t(id) WHERE id = ANY($1)",
        "SELECT * FROM account WHERE a IS DISTINCT FROM b AND c IS NOT DISTINCT FROM d",
        "SELECT extract(year FROM created), substring(name FROM 1), trim(both ' ' from name)"
            + " FROM account",
        "SELECT CAST(x AS numeric(10,2)), y::text, z::timestamp with time zone FROM account",
        "SELECT x::character varying(10), '{1}'::int[], DATE '2020-01-01', interval '1 day'"
            + " FROM account",
        "SELECT x AT TIME ZONE 'UTC' FROM account",
        "WITH a AS (SELECT * FROM account), b(x, y) AS MATERIALIZED (SELECT 1, 2) SELECT * FROM a,"
            + " b",
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT n FROM"
            + " t",
        "VALUES (1, 'a'), (2, 'b')",
        "TABLE account",
        "(SELECT 1) UNION (SELECT 2)",
        "SELECT 1 UNION SELECT id FROM account INTERSECT ALL TABLE branch",
        "SELECT row_number() OVER (PARTITION BY bid ORDER BY id) FROM account",
        "SELECT count(*) FILTER (WHERE x > 1) FROM account",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) FROM account",
        "SELECT bid FROM account GROUP BY GROUPING SETS ((bid), ())",
        "SELECT * FROM generate_series(1, 10) AS g(n)",
        "SELECT * FROM account, LATERAL (SELECT * FROM orders o WHERE o.aid = account.id) x",
        "SELECT * FROM ONLY account",
        "SELECT data->>'name', data #> '{a,b}', tags && $1, a @> b FROM account",
        "SELECT a[1:2], b[3] FROM account",
        "SELECT \"id\", \"userId\" FROM \"Customer\" WHERE \"userId\" = 1",
        "SELECT c.\"id\" FROM public.\"Customer\" c",
        "SELECT 'insert into x; delete from y', $$nextval('s')$$, $a$ $$ $a$ FROM account",
        "SELECT E'it\\'s; DROP TABLE account' FROM account",
        "SELECT 'it''s' 'x', B'01', x'ff', N'n' FROM account",
        "SELECT 'Zürich' FROM account",
        "SELECT DISTINCT ON (bid) * FROM account",
        "SELECT CASE WHEN x = 1 THEN 'a' ELSE 'b' END FROM account",
        "SELECT * FROM account FETCH FIRST 10 ROWS ONLY",
        "SELECT 1 AS \"insert\", 2 AS total FROM account",
        "SELECT * FROM \"select\"",
        "SELECT \"Safe\"(1)",
        "SELECT jsonb_build_object('k', a.x) FROM account a",
        "SELECT 1 AS order, 2 AS from FROM account",
        "SELECT t.order FROM account t, branch",
        "SELECT version, age FROM account a WHERE a.status = 1 AND a.version > 2",
        "SELECT string_agg(name, ',' ORDER BY name) FROM account",
        "SELECT f.x FROM account f WHERE (f.x, f.y) IN (VALUES (1, 2)) AND NOT (f.z)"
      })
  void aPlainReadIsARead(String sql) {
    Classification classification = Rules.classify(sql);

    assertThat(classification.refusal()).isEqualTo(Refusal.NONE);
    assertThat(classification.kind()).isEqualTo(StatementKind.READ);
    assertThat(classification.isRead()).isTrue();
    assertThat(classification.mayChangeSession()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "WITH d AS (DELETE FROM account RETURNING *) SELECT * FROM d | WRITING_WORD",
        "WITH d AS (SELECT 1) INSERT INTO account SELECT * FROM d | WRITING_WORD",
        "WITH d AS (/**/UPDATE account SET x = 1) SELECT 1 | WRITING_WORD",
        "WITH d AS (MERGE/**/INTO account USING x ON y) SELECT 1 | WRITING_WORD",
        "SELECT * INTO copy FROM account | WRITING_WORD",
        "SELECT * INTO TEMP t FROM account | WRITING_WORD",
        "SELECT * FROM account FOR UPDATE | WRITING_WORD",
        "SELECT * FROM account FOR NO KEY UPDATE SKIP LOCKED | WRITING_WORD",
        "SELECT * FROM account FOR/* x */SHARE | WRITING_WORD",
        "SELECT * FROM (SELECT * FROM account FOR KEY SHARE) x | WRITING_WORD",
        "SELECT nextval('account_id_seq') | UNSAFE_NAME",
        "SELECT NEXTVAL ('account_id_seq') | UNSAFE_NAME",
        "SELECT pg_catalog.nextval('s') | SERVER_DEPENDENT",
        "SELECT \"nextval\"('s') | UNSAFE_NAME",
        "SELECT \"NEXTVAL\"('s') | UNSAFE_NAME",
        "SELECT n.nextval FROM account n | UNSAFE_NAME",
        "SELECT (a).audit FROM account a | UNSAFE_NAME",
        "SELECT a.audit FROM account a | UNSAFE_NAME",
        "SELECT * FROM recent_orders | UNSAFE_NAME",
        "SELECT * FROM account, recent_orders | UNSAFE_NAME",
        "SELECT * FROM \"Hidden\" | UNSAFE_NAME",
        "SELECT * FROM public.\"Hidden\" | UNSAFE_NAME",
        "SELECT * FROM account WHERE id = touch(id) | UNSAFE_NAME",
        "SELECT * FROM touch(1) | UNSAFE_NAME",
        "SELECT * FROM account ORDER BY random() | UNSAFE_NAME",
        "SELECT evil | UNSAFE_NAME",
        "SELECT set_config('search_path', 'x', false) | UNSAFE_NAME",
        "SELECT brandnew(1) | UNKNOWN_FUNCTION",
        "SELECT brandnew (1) | UNKNOWN_FUNCTION",
        "SELECT brandnew/* */--¶(1) | UNKNOWN_FUNCTION",
        "SELECT x.brandnew(1) FROM account x | UNKNOWN_FUNCTION",
        "SELECT by(1) | UNKNOWN_FUNCTION",
        "SELECT over(1) | UNKNOWN_FUNCTION",
        "SELECT s.substring('x' FROM 1) | UNKNOWN_FUNCTION",
        "SELECT s.cast(1) | UNKNOWN_FUNCTION",
        "SELECT s.coalesce(1) | UNKNOWN_FUNCTION",
        "SELECT \"coalesce\"(1) | UNKNOWN_FUNCTION",
        "SELECT \"count\"(1), \"Count\"(1) | UNKNOWN_FUNCTION",
        "SELECT * FROM newview | UNKNOWN_RELATION",
        "SELECT * FROM account, newview | UNKNOWN_RELATION",
        "SELECT * FROM account a, newview | UNKNOWN_RELATION",
        "SELECT * FROM account JOIN newview ON true | UNKNOWN_RELATION",
        "SELECT * FROM account JOIN branch ON a.x = b.y, newview | UNKNOWN_RELATION",
        "SELECT * FROM account a JOIN branch b ON a.order = b.group, newview | UNKNOWN_RELATION",
        "SELECT * FROM (account JOIN newview ON true) | UNKNOWN_RELATION",
        "SELECT * FROM ((newview)) | UNKNOWN_RELATION",
        "SELECT * FROM ONLY (newview) | UNKNOWN_RELATION",
        "SELECT t.is distinct FROM newview t | UNKNOWN_RELATION",
        "SELECT 1 AS is, 2 distinct FROM newview | UNKNOWN_RELATION",
        "SELECT (SELECT x FROM newview) | UNKNOWN_RELATION",
        "SELECT 1 UNION SELECT x FROM newview | UNKNOWN_RELATION",
        "SELECT 1 UNION ALL TABLE newview | UNKNOWN_RELATION",
        "TABLE newview | UNKNOWN_RELATION",
        "SELECT * FROM account WHERE x = ANY(TABLE newview) | UNKNOWN_RELATION",
        "WITH newview AS (SELECT * FROM newview) SELECT * FROM newview | UNKNOWN_RELATION",
        "WITH v AS (SELECT 1) SELECT * FROM s.v | UNKNOWN_RELATION",
        "WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a | UNKNOWN_RELATION",
        "SELECT * FROM \"ACCOUNT\" | UNKNOWN_RELATION",
        "SELECT * FROM (WITH v AS (SELECT 1) SELECT * FROM v) x | UNCLEAR_STRUCTURE",
        "SELECT 'x'::mood | UNKNOWN_TYPE",
        "SELECT 'x'::s.date | UNKNOWN_TYPE",
        "SELECT 1::date.x | UNKNOWN_TYPE",
        "SELECT CAST(x AS mood) FROM account | UNKNOWN_TYPE",
        "SELECT CAST((x) AS \"text\") FROM account | UNKNOWN_TYPE",
        "SELECT mood 'happy' | UNKNOWN_TYPE",
        "SELECT s.date '2020-01-01' | UNKNOWN_TYPE",
        "SELECT \"mood\" 'happy' | UNKNOWN_TYPE",
        "SELECT lower('x') 'y' | UNKNOWN_TYPE",
        "SELECT * FROM lower('x') AS (a mood) | UNKNOWN_FUNCTION",
        "SELECT * FROM lower('x') AS t(a mood) | UNCLEAR_STRUCTURE",
        "SELECT a @! b FROM account | UNSAFE_OPERATOR",
        "SELECT a +%- b FROM account | UNSAFE_OPERATOR",
        "SELECT a OPERATOR(s.@!) b FROM account | SERVER_DEPENDENT",
        "SELECT now() | SERVER_DEPENDENT",
        "SELECT \"now\"() | SERVER_DEPENDENT",
        "SELECT version() | SERVER_DEPENDENT",
        "SELECT age(x) FROM account | SERVER_DEPENDENT",
        "SELECT current_timestamp | SERVER_DEPENDENT",
        "SELECT CURRENT_USER | SERVER_DEPENDENT",
        "SELECT user | SERVER_DEPENDENT",
        "SELECT pg_backend_pid() | SERVER_DEPENDENT",
        "SELECT * FROM pg_class | SERVER_DEPENDENT",
        "SELECT * FROM \"pg_class\" | SERVER_DEPENDENT",
        "SELECT * FROM \"PG_class\" | SERVER_DEPENDENT",
        "SELECT * FROM information_schema.tables | SERVER_DEPENDENT",
        "SELECT ctid FROM account | SERVER_DEPENDENT",
        "SELECT a.xmin FROM account a | SERVER_DEPENDENT",
        "SELECT \"xmin\" FROM account | SERVER_DEPENDENT",
        "SELECT 'account'::regclass | UNKNOWN_TYPE",
        "SELECT regclass 'account' | SERVER_DEPENDENT",
        "SELECT * FROM account TABLESAMPLE bernoulli (1) | SERVER_DEPENDENT",
        "SELECT 1; DELETE FROM account | SEVERAL_STATEMENTS",
        "SELECT 1;; SELECT 2 | SEVERAL_STATEMENTS",
        "SELECT 1;/**/--¶;COMMIT | SEVERAL_STATEMENTS",
        "SELECT 'a\\'; DELETE FROM account; --' | SEVERAL_STATEMENTS",
        "SELECT 'a\\', lower(' x') | UNCLEAR_TEXT",
        "SELECT U&'x' | UNCLEAR_TEXT",
        "SELECT U&\"\\006eextval\"('s') | UNCLEAR_TEXT",
        "SELECT u&\"!006eextval\" UESCAPE '!' ('s') | UNCLEAR_TEXT",
        "SELECT 'open | UNCLEAR_TEXT",
        "SELECT \"open | UNCLEAR_TEXT",
        "SELECT $a$ open $b$ | UNCLEAR_TEXT",
        "SELECT 1 /* /* nested */ | UNCLEAR_TEXT",
        "SELECT größe FROM account | UNCLEAR_TEXT",
        "SELECT 1from newview | UNCLEAR_TEXT",
        "SELECT 0x1F | UNCLEAR_TEXT",
        "SELECT $1from newview | UNCLEAR_TEXT",
        "SELECT \\d | UNCLEAR_TEXT",
        "SELECT E'ü\\' FROM account WHERE x = ' ' | UNCLEAR_TEXT",
        "SELECT { | UNCLEAR_TEXT",
        "SELECT ( | UNCLEAR_STRUCTURE",
        "SELECT ) | UNCLEAR_STRUCTURE",
        "SELECT * FROM | UNCLEAR_STRUCTURE",
        "SELECT * FROM account, | UNCLEAR_STRUCTURE",
        "SELECT x::  | UNCLEAR_STRUCTURE",
        "SELECT (a FROM account) | UNCLEAR_STRUCTURE",
        "SELECT a select FROM newview | UNCLEAR_STRUCTURE",
        "SELECT substring(a select b from newview) | UNCLEAR_STRUCTURE",
        "SELECT 1 FROM account a JOIN | UNCLEAR_STRUCTURE",
        "WITH a AS (SELECT 1) | UNCLEAR_STRUCTURE",
        "WITH a AS (SELECT 1) x SELECT 1 | UNCLEAR_STRUCTURE",
        "WITH a AS SELECT 1 | UNCLEAR_STRUCTURE",
        "EXPLAIN SELECT 1 | NOT_A_QUERY",
        "EXPLAIN ANALYZE DELETE FROM account | NOT_A_QUERY",
        "SHOW transaction_read_only | NOT_A_QUERY",
        "\"SELECT\" 1 | NOT_A_QUERY"
      })
  void whatIsNotProvedIsNotARead(String sql, Refusal refusal) {
    Classification classification = Rules.classify(sql.replace('¶', '\n'));

    assertThat(classification.isRead()).isFalse();
    assertThat(classification.refusal()).isEqualTo(refusal);
  }

  @Test
  void namesThatServersCutOffAreNotLookedUp() {
    String name = "x".repeat(63);

    assertThat(Rules.classify("SELECT " + name).isRead()).isTrue();
    assertThat(Rules.classify("SELECT " + name + "x").refusal()).isEqualTo(Refusal.UNCLEAR_TEXT);
    assertThat(Rules.classify("SELECT \"" + name + "x\"").refusal())
        .isEqualTo(Refusal.UNCLEAR_TEXT);
  }

  @Test
  void withoutCatalogueNothingIsARead() {
    assertThat(Rules.classify(ReadRules.none(), "SELECT 1"))
        .returns(StatementKind.QUERY, Classification::kind)
        .returns(Refusal.NO_CATALOGUE, Classification::refusal);
  }

  @Test
  void depthAndLengthAreBounded() {
    String deep = "SELECT " + "(".repeat(70) + "1" + ")".repeat(70);
    String large = "SELECT '" + "x".repeat(ReadClassifier.LONGEST_TEXT) + "'";

    assertThat(Rules.classify(deep).refusal()).isEqualTo(Refusal.TOO_DEEP);
    assertThat(Rules.classify(large).refusal()).isEqualTo(Refusal.TOO_LONG);
    assertThat(Rules.classify("SELECT " + "(".repeat(62) + "1" + ")".repeat(62)).isRead()).isTrue();
  }

  @Test
  void everyKindOfBufferGivesTheSame() {
    byte[] sql = "SELECT abalance FROM account WHERE aid = 42".getBytes(StandardCharsets.UTF_8);
    ReadClassifier classifier = new ReadClassifier(Rules.SHOP);
    ByteBuf heap = Unpooled.buffer().writeInt(0).writeBytes(sql).writeByte(0);
    ByteBuf direct = Unpooled.directBuffer().writeInt(0).writeBytes(sql).writeByte(0);

    Classification first = classifier.classify(heap, 4, sql.length);
    assertThat(first.isRead()).isTrue();
    assertThat(classifier.classify(direct, 4, sql.length)).isSameAs(first);
    assertThat(classifier.classify(sql, 0, sql.length)).isSameAs(first);
    assertThat(heap.readerIndex()).isZero();
    direct.release();
  }

  @Test
  void newRulesJudgeTextsAnew() {
    byte[] sql = "SELECT * FROM account".getBytes(StandardCharsets.UTF_8);
    ReadClassifier classifier = new ReadClassifier(Rules.SHOP);
    assertThat(classifier.classify(sql, 0, sql.length).isRead()).isTrue();

    classifier.rules(ReadRules.none());
    assertThat(classifier.classify(sql, 0, sql.length).isRead()).isFalse();
    classifier.rules(Rules.SHOP);
    assertThat(classifier.classify(sql, 0, sql.length).isRead()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "SELECT * FROM account WHERE id = 1|SELECT * FROM account WHERE id = 4711",
        "SELECT * FROM account WHERE id=-1|SELECT * FROM account WHERE id=-23",
        "SELECT * FROM account WHERE id IN (1,2)|SELECT * FROM account WHERE id IN (33,44)",
        "SELECT * FROM account WHERE s = 'a' LIMIT 1|SELECT * FROM account WHERE s = 'bc' LIMIT 20",
        "SELECT nextval('a')|SELECT nextval('b1')",
      })
  void aTextThatDiffersInItsLiteralsOnlyIsNotReadAgain(String first, String second) {
    ReadClassifier classifier = new ReadClassifier(Rules.SHOP);

    assertThat(classify(classifier, second)).isSameAs(classify(classifier, first));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "SELECT 'noon'::timestamp|SELECT 'now'::timestamp",
        "SELECT * FROM account WHERE x = ''|SELECT * FROM account WHERE x = ' today '",
        "SELECT * FROM \"select\" WHERE x = 1|SELECT * FROM \"select 1\" WHERE x = 1",
        "SELECT E'a' FROM account|SELECT E'\\'; DELETE FROM account; --' FROM account",
        "SELECT 'a' FROM account|SELECT 'a\\' FROM account; DELETE FROM account; --' FROM account",
        "SELECT '' FROM account|SELECT '''' FROM account",
        "SELECT 1 FROM account|SELECT 1f FROM account",
        "SELECT 0 FROM account|SELECT 0x1F FROM account",
        "SELECT * FROM account a WHERE a.x = 1|SELECT * FROM account a WHERE a.x1 = 1",
        "SELECT * FROM account -- '|SELECT * FROM account -- ' + nextval('x')",
        "SELECT * FROM account /* 1 */|SELECT * FROM account /* 1 */; DELETE FROM account",
        "SELECT $1$ 5 $1$ FROM account|SELECT $1$ 6 $1$ FROM account",
        "SELECT $a1$ '1' $a1$ FROM account|SELECT $a1$ '$a2$ FROM account",
      })
  void aTextIsJudgedByItselfWhateverWasSeenBefore(String first, String second) {
    for (String sql : List.of(first, second)) {
      ReadClassifier classifier = new ReadClassifier(Rules.SHOP);
      classify(classifier, first);
      classify(classifier, second);

      assertThat(classify(classifier, sql)).isEqualTo(Rules.classify(sql));
    }
  }

  private static Classification classify(ReadClassifier classifier, String sql) {
    byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
    return classifier.classify(bytes, 0, bytes.length);
  }

  @Test
  void aFullCacheStillJudgesEachTextByItself() {
    ReadClassifier classifier = new ReadClassifier(Rules.SHOP);
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 3 * ClassificationCache.SLOTS; i++) {
        String sql = i % 2 == 0 ? "SELECT 1 AS x" + i : "SELECT nextval('s') AS x" + i;
        byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
        assertThat(classifier.classify(bytes, 0, bytes.length).isRead()).isEqualTo(i % 2 == 0);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 'now'::timestamptz",
        "SELECT * FROM account WHERE created > timestamp 'Today 12:00'",
        "SELECT CAST('12:00 yesterday' AS timestamp)",
        "SELECT $$tomorrow$$::date"
      })
  void aLiteralThatMeansTheServersClockIsNoRead(String sql) {
    assertThat(Rules.classify(sql).isRead()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"SELECT * FROM account WHERE name = 'snow'", "SELECT 'nowhere', 'todays'"})
  void aLiteralThatOnlyHoldsTheLettersOfAClockWordIsARead(String sql) {
    assertThat(Rules.classify(sql).isRead()).isTrue();
  }

  @Test
  void nothingIsAReadWhereAnOperatorThatNeedNotBeWrittenIsUnsafe() {
    ReadRules rules =
        ReadRules.of(new ReadCatalogue(Set.of(), Set.of("account"), Set.of(), Set.of("~~")));

    assertThat(Rules.classify(rules, "SELECT * FROM account WHERE id LIKE '1%'").isRead())
        .isFalse();
  }
}
