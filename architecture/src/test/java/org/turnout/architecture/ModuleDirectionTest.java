package org.turnout.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.turnout.architecture.Modules.ADMIN;
import static org.turnout.architecture.Modules.CONFIG;
import static org.turnout.architecture.Modules.EMBEDDED;
import static org.turnout.architecture.Modules.MIGRATION;
import static org.turnout.architecture.Modules.PROTOCOL_MYSQL;
import static org.turnout.architecture.Modules.PROTOCOL_POSTGRES;
import static org.turnout.architecture.Modules.PROXY;
import static org.turnout.architecture.Modules.SYNC;
import static org.turnout.architecture.Modules.SYNC_INTERFACES;
import static org.turnout.architecture.Modules.turnoutOutside;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** One direction of dependencies between the modules, and no circles inside one. */
@AnalyzeClasses(packages = "org.turnout", importOptions = ImportOption.DoNotIncludeTests.class)
class ModuleDirectionTest {
  @ArchTest
  static final ArchRule configKnowsNobody = only(CONFIG, "the operator's words come first");

  @ArchTest
  static final ArchRule postgresProtocolKnowsNobody =
      only(PROTOCOL_POSTGRES, "a protocol is a library of messages");

  @ArchTest
  static final ArchRule mysqlProtocolKnowsNobody =
      only(PROTOCOL_MYSQL, "a protocol is a library of messages");

  @ArchTest
  static final ArchRule embeddedKnowsNobody =
      only(EMBEDDED, "throw-away servers serve every module's tests");

  @ArchTest
  static final ArchRule syncKnowsConfigAndProtocols =
      only(
          SYNC,
          "the sync is driven by the migration through org.turnout.sync.SyncEngine and never calls"
              + " back",
          CONFIG,
          PROTOCOL_POSTGRES,
          PROTOCOL_MYSQL);

  @ArchTest
  static final ArchRule migrationKnowsConfigAndSyncInterfaces =
      only(
          MIGRATION,
          "the migration drives the interfaces of org.turnout.sync and its own port Traffic; what"
              + " it needs of a database or a session is added to those",
          CONFIG,
          SYNC_INTERFACES);

  @ArchTest
  static final ArchRule adminTalksToMigration =
      only(
          ADMIN,
          "the admin API talks to org.turnout.migration.Route and shows value types of config and"
              + " sync; the program hands it everything else",
          CONFIG,
          SYNC_INTERFACES,
          MIGRATION);

  @ArchTest
  static final ArchRule proxyKnowsNoBenchAndNoEmbedded =
      only(
          PROXY,
          "the product runs without its load generator and its throw-away servers; the bench"
              + " brings commands by org.turnout.admin.cli.CommandProvider",
          CONFIG,
          PROTOCOL_POSTGRES,
          PROTOCOL_MYSQL,
          SYNC,
          MIGRATION,
          ADMIN);

  @ArchTest
  static final ArchRule noCirclesBetweenPackages =
      slices()
          .matching("org.turnout.(**)")
          .should()
          .beFreeOfCycles()
          .allowEmptyShould(true)
          .because(
              "a package that can be read alone can be changed alone; move the type that both need"
                  + " to the lower package, or have the lower one declare an interface");

  private static ArchRule only(String module, String reason, String... others) {
    String[] allowed = new String[others.length + 1];
    allowed[0] = module;
    System.arraycopy(others, 0, allowed, 1, others.length);
    return noClasses()
        .that()
        .resideInAPackage(module)
        .should()
        .dependOnClassesThat(turnoutOutside(allowed))
        .allowEmptyShould(true)
        .because(reason + "; move the code to the module that may know both");
  }
}
