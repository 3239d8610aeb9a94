package org.tfemergence.models.variable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.testing.GraphRun;

final class VariableSaverTest {
  @TempDir private Path folder;

  /** Two resource variables and one of TensorFlow's older kind, with operations that change all. */
  private static final class Program implements AutoCloseable {
    final GraphRun run = new GraphRun();
    final Operand<TFloat32> matrix;
    final Operand<TFloat32> scalar;
    final Operand<TFloat32> reference;
    final Op change;
    final VariableSaver saver;

    Program() {
      Variables variables = Variables.initialized(run.tf());
      Shape shape = Shape.of(2, 2);
      Variable a =
          variables.add(
              "net/a",
              shape,
              Variable.Role.KERNEL,
              tf -> tf.constant(new float[][] {{1, 2}, {3, -0.125f}}));
      Variable b = variables.add("b", Shape.scalar(), Variable.Role.STATE, -7);
      org.tensorflow.op.core.Variable<TFloat32> c =
          run.tf().withName("c").variable(run.tf().constant(new float[] {5, 6, Float.NaN}));
      List<Weight> weights = List.of(a.weight(), b.weight(), Weight.of(c));
      matrix = a.read(run.tf());
      scalar = b.read(run.tf());
      reference = weights.get(2).read(run.tf());
      change =
          run.tf()
              .withControlDependencies(
                  a.weight().assign(run.tf(), Variables.filled(run.tf(), shape, 99)),
                  b.weight().assign(run.tf(), run.tf().constant(99f)),
                  weights.get(2).assign(run.tf(), Variables.filled(run.tf(), Shape.of(3), 99)))
              .noOp();
      saver = VariableSaver.build(run.tf(), weights);
    }

    void requireInitial() {
      assertThat(run.floats(matrix)).containsExactly(1, 2, 3, -0.125f);
      assertThat(run.floats(scalar)).containsExactly(-7);
      assertThat(run.floats(reference)).containsExactly(5, 6, Float.NaN);
    }

    void requireChanged() {
      assertThat(run.floats(matrix)).containsOnly(99);
      assertThat(run.floats(scalar)).containsOnly(99);
      assertThat(run.floats(reference)).containsOnly(99);
    }

    @Override
    public void close() {
      run.close();
    }
  }

  /** Of the same number of values even: an assignment alone would take it. */
  @Test
  void restore_anotherShape_isRefusedByTheVariablesName() throws IOException {
    try (GraphRun wide = new GraphRun();
        GraphRun narrow = new GraphRun()) {
      VariableSaver from = saver(wide, Shape.of(2, 3));
      VariableSaver to = saver(narrow, Shape.of(3, 2));
      wide.session().initialize();
      narrow.session().initialize();
      from.save(wide.session(), folder.resolve("wide"));

      assertThatIOException()
          .isThrownBy(() -> to.restore(narrow.session(), folder.resolve("wide")))
          .withMessageContaining("net.kernel")
          .withMessageContaining("[2,3]")
          .withMessageContaining("[3,2]");
      from.restore(wide.session(), folder.resolve("wide"));
    }
  }

  private static VariableSaver saver(GraphRun run, Shape shape) {
    Variables variables = Variables.initialized(run.tf());
    return VariableSaver.build(
        run.tf(), List.of(variables.add("net/kernel", shape, Variable.Role.KERNEL, 1).weight()));
  }

  @Test
  void restore_afterChange_bringsSavedValuesBack() throws IOException {
    try (Program program = new Program()) {
      program.saver.save(program.run.session(), prefix());
      program.run.run(program.change);
      program.requireChanged();

      program.saver.restore(program.run.session(), prefix());

      program.requireInitial();
    }
  }

  /** TensorFlow looks for files to restore by a pattern. */
  @ParameterizedTest
  @ValueSource(strings = {"widths=[256,256]", "[", "[!a]", "back\\slash", "\\[", "a*?b", "{a,b}"})
  @DisabledOnOs(OS.WINDOWS)
  void restore_fromFolderNamedLikeAPattern_works(String name) throws IOException {
    Path prefix = Files.createDirectory(folder.resolve(name)).resolve("variables");
    try (Program program = new Program()) {
      program.saver.save(program.run.session(), prefix);
      program.run.run(program.change);
      program.saver.restore(program.run.session(), prefix);
      program.requireInitial();
    }
    assertThat(prefix.resolveSibling("variables.index")).isRegularFile();
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void save_toPrefixLikeAPattern_isRefused() {
    try (Program program = new Program()) {
      assertThatIOException()
          .isThrownBy(
              () -> program.saver.save(program.run.session(), folder.resolve("variables[1]")))
          .withMessageContaining("variables[1]");
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void restore_intoNewSession_isNotOverwrittenByInitialValues() throws IOException {
    try (Program saved = new Program()) {
      saved.run.run(saved.change);
      saved.saver.save(saved.run.session(), prefix());
    }
    try (Program restored = new Program()) {
      restored.saver.restore(restored.run.session(), prefix());
      restored.requireChanged();
    }
  }

  @Test
  void sessionSaveAndRestore_useTheSaver() {
    try (Program program = new Program()) {
      program.requireInitial();
      program.run.session().save(prefix().toString());
      assertThat(folder.resolve("variables.index")).isRegularFile();
      program.run.run(program.change);

      program.run.session().restore(prefix().toString());

      program.requireInitial();
    }
  }

  @Test
  void sessionRestore_ofSaversFile_works() throws IOException {
    try (Program program = new Program()) {
      program.saver.save(program.run.session(), prefix());
      program.run.run(program.change);
      program.run.session().restore(prefix().toString());
      program.requireInitial();
    }
  }

  @Test
  void exporter_usesTheSaver() throws IOException {
    Path model = folder.resolve("model");
    try (Program program = new Program()) {
      program.requireInitial();
      Placeholder<TFloat32> input =
          program.run.tf().placeholder(TFloat32.class, Placeholder.shape(Shape.scalar()));
      Operand<TFloat32> product = program.run.tf().math.mul(program.matrix, input);
      SavedModelBundle.exporter(model.toString())
          .withSession(program.run.session())
          .withSignature(
              Signature.builder("serving_default")
                  .input("input", input)
                  .output("product", product)
                  .build())
          .export();
    }
    assertThat(model.resolve("variables/variables.index")).isRegularFile();
    try (SavedModelBundle bundle = SavedModelBundle.load(model.toString());
        TFloat32 two = TFloat32.scalarOf(2);
        Result result = bundle.call(Map.of("input", two))) {
      assertThat(GraphRun.floats((TFloat32) result.get("product").orElseThrow()))
          .containsExactly(2, 4, 6, -0.25f);
    }
  }

  @Test
  void build_noVariable_isRefused() {
    try (GraphRun run = new GraphRun()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> VariableSaver.build(run.tf(), List.of()))
          .withMessage("a saver must have at least one variable");
    }
  }

  /** TensorFlow Java has an exception for this that is none of its own family. */
  @Test
  void restore_otherType_isRefused() {
    try (GraphRun saved = new GraphRun();
        Program program = new Program()) {
      Ops tf = saved.tf();
      saved.run(
          tf.train.save(
              tf.constant(prefix().toString()),
              tf.array("net/a", "b", "c"),
              tf.array("", "", ""),
              List.of(tf.constant(1), tf.constant(2), tf.constant(3))));

      assertThatIOException()
          .isThrownBy(() -> program.saver.restore(program.run.session(), prefix()))
          .withMessageContaining(prefix().toString());
    }
  }

  @Test
  void restore_missingFile_changesNothing() {
    try (Program program = new Program()) {
      Session session = program.run.session();
      program.run.run(program.change);
      assertThatIOException()
          .isThrownBy(() -> program.saver.restore(session, folder.resolve("absent")))
          .withMessageContaining("absent");
      program.requireChanged();
    }
  }

  private Path prefix() {
    return folder.resolve("variables");
  }
}
