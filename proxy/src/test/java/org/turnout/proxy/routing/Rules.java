package org.turnout.proxy.routing;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.turnout.sync.SideCatalogue.ReadCatalogue;

/** A small catalogue for the tests. */
final class Rules {
  static final ReadRules SHOP =
      ReadRules.of(
          new ReadCatalogue(
              Set.of(
                  "count",
                  "sum",
                  "max",
                  "lower",
                  "length",
                  "now",
                  "generate_series",
                  "abs",
                  "round",
                  "string_agg",
                  "jsonb_build_object",
                  "row_number",
                  "left",
                  "date_trunc",
                  "unnest",
                  "to_char",
                  "percentile_cont",
                  "version",
                  "pg_backend_pid",
                  "age",
                  "Safe"),
              Set.of("account", "branch", "orders", "Customer", "select"),
              Set.of(
                  "nextval",
                  "setval",
                  "random",
                  "set_config",
                  "audit",
                  "touch",
                  "recent_orders",
                  "Hidden",
                  "secret_table",
                  "account_id_seq",
                  "evil"),
              Set.of("@!", "+%")));

  private Rules() {}

  static Classification classify(String sql) {
    return classify(SHOP, sql);
  }

  static Classification classify(ReadRules rules, String sql) {
    byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
    return new ReadClassifier(rules).classify(bytes, 0, bytes.length);
  }
}
