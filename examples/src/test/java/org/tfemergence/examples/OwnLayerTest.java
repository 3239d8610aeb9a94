package org.tfemergence.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Longs;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.network.Layer;
import org.tfemergence.emergence.network.Wiring;
import org.tfemergence.emergence.testing.GraphRun;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.init.initializer.KernelInitializer;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Dense;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.LayerSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.layer.Pass;
import org.tfemergence.models.layer.Value;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.Variables;

/** The layer of one's own in the documents, in a network. */
final class OwnLayerTest {
  // begin: own-layer
  /** Multiplies each channel with a trained factor, first 1. */
  record Scale(String name) implements LayerSpec {
    @Override
    public Shape output(List<Shape> inputs) {
      return inputs.get(0);
    }

    @Override
    public Layer layer(List<Shape> inputs) {
      Shape shape = inputs.get(0);
      ImmutableList<Long> units = ImmutableList.copyOf(Longs.asList(shape.asArray()));
      return new Layer(name, units, shape.get(-1), Layer.Role.WIRING); // as many parameters
    }

    @Override
    public Optional<Wiring> wiring(int input, List<Shape> inputs) {
      return Optional.of(new Wiring.OneToOne(0)); // a unit feeds the unit at its place
    }

    @Override
    public Built build(Variables variables, KernelInitializer initializer, List<Shape> inputs) {
      Shape shape = Shape.of(inputs.get(0).get(-1));
      Variable scale = variables.add(name + "/scale", shape, Variable.Role.NORMALIZATION, 1);
      return (pass, values) -> {
        Ops tf = pass.tf();
        Value x = values.get(0); // [batch, ..., channels]
        return Called.of(x.with(tf.math.mul(x.floats(), scale.read(tf))));
      };
    }
  }

  // end

  @Test
  void scale_isALayerLikeOthers() {
    Blueprint.Builder plan = Blueprint.builder();
    Blueprint.Node x = plan.input(new InputSpec("input", TFloat32.class, Shape.of(3)));
    x = plan.add(new Scale("scale"), x);
    Blueprint blueprint = plan.build(plan.add(new Dense("logits", 2, Activation.LINEAR), x));
    try (GraphRun run = new GraphRun()) {
      Ops tf = run.tf();
      Variables variables = Variables.initialized(tf);
      Model.Built built = blueprint.build(variables, Kaiming.normal(1));
      Variable scale = variables.get("scale/scale");
      Operand<TFloat32> input = run.constant(Shape.of(1, 3), new float[] {5, -6, 7});
      Operand<TFloat32> logits = built.call(Pass.inference(tf), List.of(Value.of(input))).logits();
      Operand<TFloat32> kernel = variables.get("logits/kernel").read(tf);
      float[] weights = run.floats(kernel);
      float[] first = run.floats(logits);
      run.run(scale.weight().assign(tf, run.constant(Shape.of(3), new float[] {2, 2, 2})));

      assertThat(blueprint.network().parameters()).isEqualTo(3 + 3 * 2 + 2);
      for (int i = 0; i < 2; i++) {
        double sum = 5 * weights[i] - 6 * weights[2 + i] + 7 * weights[4 + i];
        assertThat((double) first[i]).isCloseTo(sum, within(1e-5));
        assertThat((double) run.floats(logits)[i]).isCloseTo(2 * sum, within(1e-5));
      }
    }
  }
}
