package org.turnout.architecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;

/** Which classes belong to which room of the house; the words of the rules beside it. */
final class Modules {
  static final String CONFIG = "org.turnout.config..";
  static final String PROTOCOL_POSTGRES = "org.turnout.protocol.postgres..";
  static final String PROTOCOL_MYSQL = "org.turnout.protocol.mysql..";
  static final String EMBEDDED = "org.turnout.embedded..";
  static final String SYNC = "org.turnout.sync..";

  /** What the migration and the admin API see of the sync: its interfaces and value types. */
  static final String SYNC_INTERFACES = "org.turnout.sync";

  static final String MIGRATION = "org.turnout.migration..";
  static final String ADMIN = "org.turnout.admin..";
  static final String PROXY = "org.turnout.proxy..";
  static final String BENCH = "org.turnout.bench..";

  private Modules() {}

  /** Classes of Turnout that lie in none of the given packages. */
  static DescribedPredicate<JavaClass> turnoutOutside(String... packages) {
    return JavaClass.Predicates.resideInAPackage("org.turnout..")
        .and(JavaClass.Predicates.resideOutsideOfPackages(packages))
        .as("Turnout's packages other than " + String.join(", ", packages));
  }
}
