package org.turnout.sync.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.turnout.embedded.SharedPostgres;

/**
 * The stream calls the old row of a partition what the identity of its root says, and its content
 * is what the identity of the partition says.
 */
class PartitionedTableTest {
  private static final String SCHEMA =
      """
      CREATE TABLE parts (id int PRIMARY KEY, note text, seen int) PARTITION BY RANGE (id);
      ALTER TABLE parts ALTER note SET STORAGE EXTERNAL;
      CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (100);
      CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM (100) TO (200);
      """;

  @ParameterizedTest
  @CsvSource({
    "14, 18, ALTER TABLE ONLY parts REPLICA IDENTITY FULL",
    "18, 14, ALTER TABLE ONLY parts REPLICA IDENTITY FULL",
    "14, 18, ALTER TABLE parts_low REPLICA IDENTITY FULL",
    "18, 14, 'ALTER TABLE ONLY parts REPLICA IDENTITY FULL;"
        + " ALTER TABLE parts_low REPLICA IDENTITY FULL'"
  })
  void aLargeValueStaysWhenTheKeyOfItsRowChanges(int from, int to, String identity)
      throws Exception {
    try (StreamedPair pair =
        new StreamedPair(
                SharedPostgres.database(from), SharedPostgres.database(to), SCHEMA + identity)
            .follow()) {
      List<String> changes =
          List.of(
              "INSERT INTO parts SELECT i, repeat('large', 5000), i FROM generate_series(1, 9) i",
              "UPDATE parts SET id = id + 10 WHERE id < 5",
              "BEGIN; UPDATE parts SET id = 50 WHERE id = 11; UPDATE parts SET id = 51, seen = NULL"
                  + " WHERE id = 50; COMMIT",
              "UPDATE parts SET id = 150 WHERE id = 51",
              "UPDATE parts SET id = 151 WHERE id = 150",
              "DELETE FROM parts WHERE id IN (12, 151)");
      for (String change : changes) {
        pair.sourceDatabase.execute(change);
        pair.catchUp();

        assertThat(pair.targetRows()).as(change).isEqualTo(pair.sourceRows()).isNotEmpty();
      }
    }
  }
}
