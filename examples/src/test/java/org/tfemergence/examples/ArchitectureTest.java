package org.tfemergence.examples;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.tensorflow.TensorFlow;
import org.tensorflow.internal.c_api.TF_Graph;

/** Who may import whom, as docs/architecture.md draws it: its table is read here. */
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

  private static final List<Row> TABLE = table();

  /** What the page says of a package, its name without {@link #ROOT}, and its use of TensorFlow. */
  private record Row(String module, String name, String tensorFlow) {}

  @ArchTest
  static void packages_importOnlyWhatStandsBeforeThem(JavaClasses classes) {
    for (int i = 0; i < TABLE.size(); i++) {
      Row row = TABLE.get(i);
      String[] later =
          TABLE.subList(i + 1, TABLE.size()).stream()
              .filter(other -> other.module().equals(row.module()))
              .map(other -> ROOT + other.name() + "..")
              .toArray(String[]::new);
      if (later.length > 0) {
        of(row).should().dependOnClassesThat().resideInAnyPackage(later).check(classes);
      }
    }
  }

  @ArchTest
  static void packages_areAllInTheTable(JavaClasses classes) {
    noClasses()
        .should()
        .resideOutsideOfPackages(
            TABLE.stream().map(row -> ROOT + row.name() + "..").toArray(String[]::new))
        .check(classes);
  }

  @ArchTest
  static void packages_useOfTensorFlowWhatTheTableSays(JavaClasses classes) {
    for (Row row : TABLE) {
      switch (row.tensorFlow()) {
        case "yes" -> {}
        case "no" -> usesOnly(row, resideInAPackage("java..")).check(classes);
        case "shapes only" ->
            usesOnly(row, resideInAPackage("org.tensorflow.ndarray..")).check(classes);
        case "event protos only" ->
            usesOnly(row, resideInAPackage("org.tensorflow.proto..")).check(classes);
        case "its version only" -> usesOnly(row, type(TensorFlow.class)).check(classes);
        // Types of operations pass through, but none is added: that is done by calling op's
        // methods.
        case "contract only" ->
            of(row)
                .should()
                .callMethodWhere(target(owner(resideInAPackage("org.tensorflow.op.."))))
                .check(classes);
        default ->
            throw new IllegalArgumentException(
                row.name() + ": no rule for '" + row.tensorFlow() + "'");
      }
    }
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
  static final ArchRule packages_haveNoCycles =
      slices().matching(ROOT + "(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule signatures_showNothingInternal =
      classes()
          .that()
          .arePublic()
          .should(
              new ArchCondition<JavaClass>("show no type of org.tensorflow.internal") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                  shown(type)
                      .filter(each -> each.getPackageName().startsWith("org.tensorflow.internal"))
                      .forEach(
                          each ->
                              events.add(
                                  SimpleConditionEvent.violated(
                                      type, type.getName() + " shows " + each.getName())));
                }
              });

  /** Shows what is internal where a look at the types of methods alone would not find it. */
  public static final class ShowsInternals {
    final Optional<TF_Graph> hidden = Optional.empty();

    public ShowsInternals(List<? extends Optional<TF_Graph>> graphs) {}
  }

  @ArchTest
  static void signatures_inConstructorsAndTypeArguments_areSeen(JavaClasses classes) {
    JavaClasses fixture = new ClassFileImporter().importClasses(ShowsInternals.class);

    assertThat(signatures_showNothingInternal.evaluate(fixture).getFailureReport().getDetails())
        .hasSize(1);
  }

  /* What users see of a class: what it is, and the types of its public and protected members. */
  private static Stream<JavaClass> shown(JavaClass type) {
    List<JavaType> types = new ArrayList<>(type.getInterfaces());
    type.getSuperclass().ifPresent(types::add);
    for (JavaMember member : type.getMembers()) {
      if (member.getModifiers().contains(JavaModifier.PUBLIC)
          || member.getModifiers().contains(JavaModifier.PROTECTED)) {
        if (member instanceof JavaField field) {
          types.add(field.getType());
        } else if (member instanceof JavaCodeUnit unit) {
          types.add(unit.getReturnType());
          types.addAll(unit.getParameterTypes());
        }
      }
    }
    return types.stream().flatMap(each -> each.getAllInvolvedRawTypes().stream());
  }

  private static GivenClassesConjunction of(Row row) {
    return noClasses().that().resideInAPackage(ROOT + row.name() + "..");
  }

  private static ArchRule usesOnly(Row row, DescribedPredicate<JavaClass> allowed) {
    return of(row)
        .should()
        .dependOnClassesThat(resideInAPackage("org.tensorflow..").and(not(allowed)));
  }

  /** The rows of the page's table, a row of several packages as several. */
  private static List<Row> table() {
    List<Row> rows = new ArrayList<>();
    String module = "";
    for (String line : page()) {
      List<String> cells = List.of(line.split("\\|", -1));
      if (line.startsWith("| ") && cells.size() == 6 && cells.get(2).contains("`.")) {
        module = cells.get(1).isBlank() ? module : cells.get(1).strip().replace("tf-", "");
        Matcher name = Pattern.compile("`\\.(\\w+)`").matcher(cells.get(2));
        while (name.find()) {
          rows.add(new Row(module, module + "." + name.group(1), cells.get(4).strip()));
        }
      }
    }
    return rows;
  }

  private static List<String> page() {
    try {
      return Files.readAllLines(Path.of("..", "docs", "architecture.md"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

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
