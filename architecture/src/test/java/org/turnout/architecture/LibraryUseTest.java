package org.turnout.architecture;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.turnout.architecture.Modules.ADMIN;
import static org.turnout.architecture.Modules.BENCH;
import static org.turnout.architecture.Modules.CONFIG;
import static org.turnout.architecture.Modules.EMBEDDED;
import static org.turnout.architecture.Modules.MIGRATION;
import static org.turnout.architecture.Modules.PROTOCOL_MYSQL;
import static org.turnout.architecture.Modules.PROTOCOL_POSTGRES;
import static org.turnout.architecture.Modules.PROXY;
import static org.turnout.architecture.Modules.SYNC;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;

/** Which libraries a room may use, and what code on an event loop never does. */
@AnalyzeClasses(packages = "org.turnout", importOptions = ImportOption.DoNotIncludeTests.class)
class LibraryUseTest {
  private static final String TLS = "org.turnout.protocol.postgres.tls..";

  /** The packages whose classes run on event loops. */
  private static final String[] EVENT_LOOP = {
    "org.turnout.proxy.session..",
    "org.turnout.proxy.postgres..",
    "org.turnout.proxy.mysql..",
    "org.turnout.proxy.routing..",
    "org.turnout.proxy.mirror..",
    "org.turnout.proxy.gate..",
    "org.turnout.proxy.backend..",
  };

  @ArchTest
  static final ArchRule protocolsUseBuffersOnly =
      noClasses()
          .that()
          .resideInAnyPackage(PROTOCOL_POSTGRES, PROTOCOL_MYSQL)
          .and()
          .resideOutsideOfPackage(TLS)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.netty.channel..",
              "io.netty.handler..",
              "io.netty.bootstrap..",
              "java.sql..",
              "java.net..",
              "org.postgresql..")
          .allowEmptyShould(true)
          .because(
              "a protocol library encodes and decodes buffers in both directions and does no input"
                  + " or output; the handler that moves bytes belongs to proxy or sync");

  /** A trust manager of the JDK has a socket in its signature, and an address may be a host. */
  @ArchTest
  static final ArchRule certificatesAreJudgedWithoutInputOrOutput =
      noClasses()
          .that()
          .resideInAPackage(TLS)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.netty.channel..",
              "io.netty.handler..",
              "io.netty.bootstrap..",
              "java.sql..",
              "java.net.http..",
              "org.postgresql..")
          .orShould()
          .accessClassesThat()
          .haveNameMatching("java\\.net\\.(.*Socket|URL.*)")
          .because("a certificate is judged by what is in it and by the files that were read");

  @ArchTest
  static final ArchRule syncHasNoPipeline =
      noClasses()
          .that()
          .resideInAPackage(SYNC)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty.channel..", "io.netty.handler..", "io.netty.bootstrap..")
          .allowEmptyShould(true)
          .because(
              "the sync blocks on JDBC and replication connections with threads of its own; a"
                  + " pipeline belongs to proxy");

  @ArchTest
  static final ArchRule onlySyncSpeaksJdbc =
      noClasses()
          .that()
          .resideInAnyPackage(CONFIG, MIGRATION, ADMIN, PROXY)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.sql..", "javax.sql..", "org.postgresql..", "com.zaxxer..")
          .allowEmptyShould(true)
          .because(
              "JDBC blocks, and what a database must be asked is asked by the sync: add the"
                  + " question to SyncEngine or SideCatalogue");

  @ArchTest
  static final ArchRule noNettyAboveTheDataPlane =
      noClasses()
          .that()
          .resideInAnyPackage(CONFIG, MIGRATION, ADMIN, EMBEDDED)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.netty..")
          .allowEmptyShould(true)
          .because(
              "the migration knows traffic as the port org.turnout.migration.Traffic; add the"
                  + " question there and answer it in proxy");

  @ArchTest
  static final ArchRule eventLoopsNeverWait =
      noClasses()
          .that()
          .resideInAnyPackage(EVENT_LOOP)
          .should()
          .callMethodWhere(
              target(owner(assignableTo(Future.class)))
                  .and(target(nameMatching("get|join|sync|syncUninterruptibly|await.*")))
                  .or(
                      target(owner(assignableTo(CountDownLatch.class)))
                          .and(target(nameMatching("await"))))
                  .as("a future or a latch is waited for"))
          .allowEmptyShould(true)
          .because(
              "one waiting call stops every session of its event loop; add a listener, or do it on"
                  + " a control thread outside these packages");

  /** Asks the server again until old transactions have ended: no server offers to wait for that. */
  private static final String ASKS_AGAIN = "org.turnout.sync.copy.SnapshotHolder";

  @ArchTest
  static final ArchRule noSleep =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName(ASKS_AGAIN)
          .should()
          .callMethodWhere(
              target(nameMatching("sleep"))
                  .and(
                      target(
                          owner(
                              assignableTo(Thread.class)
                                  .or(assignableTo(java.util.concurrent.TimeUnit.class)))))
                  .as("a thread sleeps"))
          .allowEmptyShould(true)
          .because(
              "a sleep hides a race or delays a stop; wait for the event itself, with a timeout"
                  + " where it may not come");

  @ArchTest
  static final ArchRule noJavaUtilLogging =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAPackage("java.util.logging..")
          .allowEmptyShould(true)
          .because("operators configure one log; use org.slf4j.Logger");

  @ArchTest
  static final ArchRule standardStreamsBelongToTheCommandLine =
      noClasses()
          .that()
          .resideOutsideOfPackages("org.turnout.admin.cli..", BENCH)
          .should()
          .accessFieldWhere(
              target(owner(assignableTo(System.class)))
                  .and(target(nameMatching("out|err|in")))
                  .as("a standard stream is used"))
          .allowEmptyShould(true)
          .because(
              "only the command line speaks to a terminal; log by org.slf4j.Logger, or return the"
                  + " text to the command that shows it");
}
