package org.turnout.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** What every package and every name keeps. */
@AnalyzeClasses(packages = "org.turnout", importOptions = ImportOption.DoNotIncludeTests.class)
class PackageRulesTest {
  @ArchTest
  static final ArchRule packagesFollowTheJourneyOfARow =
      noClasses()
          .should()
          .resideInAnyPackage(
              "..impl..",
              "..util..",
              "..utils..",
              "..manager..",
              "..dto..",
              "..common..",
              "..helper..")
          .allowEmptyShould(true)
          .because(
              "packages are rooms named after what happens to a byte or a row; move the class to"
                  + " the room that uses it");

  @ArchTest
  static final ArchRule namesSayWhatAThingIs =
      noClasses()
          .should()
          .haveSimpleNameEndingWith("Util")
          .orShould()
          .haveSimpleNameEndingWith("Utils")
          .orShould()
          .haveSimpleNameEndingWith("Manager")
          .orShould()
          .haveSimpleNameEndingWith("Helper")
          .orShould()
          .haveSimpleNameEndingWith("Impl")
          .allowEmptyShould(true)
          .because("such a name says nothing of the thing; name it by what it does");

  @ArchTest
  static void everyPackageIsNullMarked(JavaClasses classes) {
    List<String> unmarked =
        packages(classes.getPackage("org.turnout"))
            .filter(each -> !each.getClasses().isEmpty())
            .filter(each -> !each.isAnnotatedWith(NullMarked.class))
            .map(JavaPackage::getName)
            .toList();

    assertThat(unmarked)
        .as("packages without a package-info.java that says @NullMarked; add one with a sentence")
        .isEmpty();
  }

  private static Stream<JavaPackage> packages(JavaPackage root) {
    return Stream.concat(
        Stream.of(root), root.getSubpackages().stream().flatMap(PackageRulesTest::packages));
  }
}
