package org.turnout.proxy.routing;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The words of SQL and the names of PostgreSQL that decide about a read, whatever a database holds.
 *
 * <p>Rule: a list that permits names every member that was thought through; a list that refuses may
 * be generous. A word that is missing here costs a read on the secondary, never a wrong answer.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-keywords-appendix.html">Keywords</a>
 */
final class Vocabulary {
  private static final Map<String, Integer> FACTS = build();

  private Vocabulary() {}

  /** Facts by name, to be completed with those of a catalogue. */
  static Map<String, Integer> facts() {
    return new HashMap<>(FACTS);
  }

  private static Map<String, Integer> build() {
    Map<String, Integer> facts = new HashMap<>();
    words(facts);
    starts(facts);
    permitted(facts);
    refused(facts);
    serverDependent(facts);
    return Map.copyOf(facts);
  }

  private static void add(Map<String, Integer> facts, int fact, String names) {
    for (String name : names.split("\\s+")) {
      facts.merge(name, fact, (one, other) -> one | other);
    }
  }

  private static void words(Map<String, Integer> facts) {
    for (Word word : Word.values()) {
      switch (word) {
        case NONE -> {}
        case UNION -> add(facts, Fact.word(word), "union intersect except");
        case CLAUSE -> add(facts, Fact.word(word), "where having window limit offset fetch");
        case EXTRACT -> add(facts, Fact.word(word), "extract substring trim overlay");
        case OVER -> add(facts, Fact.word(word), "over filter");
        case CUBE -> add(facts, Fact.word(word), "cube rollup");
        case CHARACTER -> add(facts, Fact.word(word), "character char bit");
        default -> add(facts, Fact.word(word), word.name().toLowerCase(Locale.ROOT));
      }
    }
  }

  private static void starts(Map<String, Integer> facts) {
    add(facts, Fact.starts(StatementKind.QUERY), "select values table with");
    add(facts, Fact.QUERY_START, "select values table with");
    add(facts, Fact.starts(StatementKind.WRITE), "insert update delete merge truncate copy");
    add(facts, Fact.starts(StatementKind.BEGIN), "begin start");
    add(facts, Fact.starts(StatementKind.COMMIT), "commit end");
    add(facts, Fact.starts(StatementKind.ROLLBACK), "rollback abort");
    add(facts, Fact.starts(StatementKind.SAVEPOINT), "savepoint release");
    add(
        facts,
        Fact.starts(StatementKind.SESSION_STATE),
        "set reset discard prepare deallocate listen unlisten declare fetch move close load");
    add(
        facts,
        Fact.starts(StatementKind.DEFINITION),
        "create alter drop comment grant revoke reindex cluster vacuum analyze analyse refresh"
            + " security import reassign");
  }

  private static void permitted(Map<String, Integer> facts) {
    // Reserved, or with a grammar of their own: none of them can be a user's function.
    add(
        facts,
        Fact.BEFORE_PARENTHESIS,
        "in values and or not exists any some all cast coalesce nullif greatest least when then"
            + " else case from join on using where having select distinct union intersect except"
            + " array row extract substring trim overlay position lateral only limit offset like"
            + " ilike between grouping");
    add(
        facts,
        Fact.BEFORE_STRING,
        "select distinct all and or not in like ilike to escape between when then else case where"
            + " having limit offset zone on from both leading trailing placing by");
    add(
        facts,
        Fact.TYPE,
        "bool boolean int2 int4 int8 smallint int integer bigint float float4 float8 real double"
            + " numeric decimal text varchar char character bpchar bytea date time timetz timestamp"
            + " timestamptz interval uuid json jsonb bit varbit inet cidr macaddr point");
  }

  private static void refused(Map<String, Integer> facts) {
    add(
        facts,
        Fact.WRITING,
        "insert update delete merge into for lock call do copy truncate create alter drop grant"
            + " revoke set reset discard execute prepare deallocate declare listen unlisten notify"
            + " vacuum cluster refresh reindex returning begin start commit rollback abort"
            + " savepoint release temp temporary unlogged move load checkpoint reassign security");
    add(
        facts,
        Fact.SERVER_FUNCTION,
        "nextval currval lastval setval set_config dblink crosstab connectby query_to_xml"
            + " query_to_xmlschema query_to_xml_and_xmlschema cursor_to_xml cursor_to_xmlschema"
            + " table_to_xml table_to_xmlschema table_to_xml_and_xmlschema schema_to_xml"
            + " schema_to_xmlschema schema_to_xml_and_xmlschema database_to_xml"
            + " database_to_xmlschema database_to_xml_and_xmlschema ts_stat ts_rewrite loread"
            + " lowrite lo_get lo_put lo_open lo_close lo_create lo_creat lo_unlink lo_import"
            + " lo_export");
    add(
        facts,
        Fact.KEEPS_SESSION,
        "nextval currval lastval setval random gen_random_uuid uuidv4 uuidv7 uuid_generate_v1"
            + " uuid_generate_v1mc uuid_generate_v4 clock_timestamp timeofday pg_sleep pg_notify"
            + " pg_advisory_xact_lock pg_try_advisory_xact_lock pg_advisory_lock"
            + " pg_try_advisory_lock pg_advisory_unlock conflict set returning into as by"
            + " over filter group sets cube rollup now current_setting current_schema"
            + " current_schemas current_database version pg_backend_pid pg_is_in_recovery"
            + " txid_current pg_current_xact_id pg_current_wal_lsn");
  }

  private static void serverDependent(Map<String, Integer> facts) {
    add(
        facts,
        Fact.SERVER_WORD,
        "current_date current_time current_timestamp localtime localtimestamp current_user"
            + " session_user system_user current_role current_catalog current_schema user"
            + " tablesample operator uescape");
    // System columns and object identifiers: the same row has others on the other side.
    add(
        facts,
        Fact.SERVER_NAME,
        "ctid xmin xmax cmin cmax tableoid oid xid xid8 cid tid regclass regproc regprocedure"
            + " regoper regoperator regtype regrole regnamespace regconfig regdictionary"
            + " regcollation txid_snapshot information_schema");
    add(
        facts,
        Fact.SERVER_FUNCTION,
        "now transaction_timestamp statement_timestamp clock_timestamp timeofday age version"
            + " current_database current_schema current_schemas current_user session_user"
            + " current_setting current_query inet_client_addr inet_client_port inet_server_addr"
            + " inet_server_port getdatabaseencoding getpgusername row_security_active to_regclass"
            + " to_regproc to_regprocedure to_regoper to_regoperator to_regtype to_regtypemod"
            + " to_regrole to_regnamespace to_regcollation obj_description col_description"
            + " shobj_description format_type has_table_privilege has_column_privilege"
            + " has_any_column_privilege has_schema_privilege has_database_privilege"
            + " has_function_privilege has_sequence_privilege has_type_privilege"
            + " has_tablespace_privilege has_language_privilege has_server_privilege"
            + " has_foreign_data_wrapper_privilege has_parameter_privilege random random_normal"
            + " setseed gen_random_uuid uuidv4 uuidv7 uuid_generate_v1 uuid_generate_v1mc"
            + " uuid_generate_v4 mxid_age get_current_ts_config icu_unicode_version"
            + " unicode_version");
  }
}
