package org.tfemergence.examples;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.stream.Stream;

/** Who may import whom, as docs/architecture.md draws it. */
@AnalyzeClasses(
    packages = "org.tfemergence",
    importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
final class ArchitectureTest {
  private static final String ROOT = "org.tfemergence.";

  /** Leaves out the test harness, which other modules see as a jar. */
  static final class NoTestJars implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("-tests.jar");
    }
  }

  /** The packages of each module in import order: one may import those before it. */
  private static final List<List<String>> MODULES =
      List.of(
          List.of(
              "emergence.network",
              "emergence.activity",
              "emergence.measure",
              "emergence.graph",
              "emergence.trace",
              "emergence.train",
              "emergence.report",
              "emergence.callback"),
          List.of("init.plan", "init.initializer"),
          List.of("prune.mask", "prune.graph", "prune.callback"),
          List.of(
              "models.file",
              "models.augment",
              "models.data",
              "models.npz",
              "models.variable",
              "models.weights",
              "models.layer",
              "models.vision",
              "models.text",
              "models.objective",
              "models.optimize",
              "models.callback",
              "models.fit",
              "models.export"),
          List.of("examples.data", "examples.experiment", "examples.report", "examples.cli"));

  private static final String[] PLAIN_JAVA = {
    ROOT + "emergence.network..",
    ROOT + "emergence.activity..",
    ROOT + "emergence.measure..",
    ROOT + "init.plan..",
    ROOT + "prune.mask..",
    ROOT + "models.file..",
    ROOT + "models.augment..",
    ROOT + "examples.data..",
  };

  @ArchTest
  static void packages_importOnlyWhatStandsBeforeThem(JavaClasses classes) {
    for (List<String> packages : MODULES) {
      for (int i = 0; i < packages.size(); i++) {
        String[] later =
            packages.subList(i + 1, packages.size()).stream()
                .map(name -> ROOT + name + "..")
                .toArray(String[]::new);
        if (later.length > 0) {
          noClasses()
              .that()
              .resideInAPackage(ROOT + packages.get(i) + "..")
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage(later)
              .check(classes);
        }
      }
    }
  }

  @ArchTest
  static void packages_areAllInTheTable(JavaClasses classes) {
    noClasses()
        .should()
        .resideOutsideOfPackages(
            MODULES.stream()
                .flatMap(List::stream)
                .map(name -> ROOT + name + "..")
                .toArray(String[]::new))
        .check(classes);
  }

  @ArchTest
  static final ArchRule base_knowsNoneOfTheOthers = none("emergence", "init", "prune", "models");

  @ArchTest static final ArchRule init_knowsOnlyTheBase = none("init", "prune", "models");
  @ArchTest static final ArchRule prune_knowsOnlyTheBase = none("prune", "init", "models");
  @ArchTest static final ArchRule models_doNotPrune = none("models", "prune");

  @ArchTest
  static final ArchRule libraries_doNotKnowTheProgram =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + "examples..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(ROOT + "examples..");

  @ArchTest
  static final ArchRule mathematics_knowsNoTensorFlow =
      noClasses()
          .that()
          .resideInAnyPackage(PLAIN_JAVA)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.tensorflow..");

  @ArchTest
  static final ArchRule packages_haveNoCycles =
      slices().matching(ROOT + "(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule signatures_showNothingInternal =
      methods()
          .that()
          .arePublic()
          .should(
              new ArchCondition<JavaMethod>("show no type of org.tensorflow.internal") {
                @Override
                public void check(JavaMethod method, ConditionEvents events) {
                  Stream.concat(
                          Stream.of(method.getRawReturnType()),
                          method.getRawParameterTypes().stream())
                      .map(JavaClass::getPackageName)
                      .filter(name -> name.startsWith("org.tensorflow.internal"))
                      .forEach(
                          name ->
                              events.add(
                                  SimpleConditionEvent.violated(
                                      method, method.getFullName() + " shows " + name)));
                }
              });

  private static ArchRule none(String module, String... others) {
    return noClasses()
        .that()
        .resideInAPackage(ROOT + module + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            Stream.of(others)
                .filter(other -> !other.equals(module))
                .map(other -> ROOT + other + "..")
                .toArray(String[]::new));
  }
}
