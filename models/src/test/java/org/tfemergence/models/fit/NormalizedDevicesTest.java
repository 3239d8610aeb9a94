package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.data.Batch;
import org.tfemergence.models.data.Dataset;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.data.Values;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.BatchNorm;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Dense;
import org.tfemergence.models.layer.InputSpec;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.testing.Examples;

/** Batch statistics are of a device's share; moving averages take those of all. */
final class NormalizedDevicesTest {
  private static final LabeledData DATA = Examples.noise(9, 6, 4, 1);

  /** The same batches in each epoch: of the first 5 examples and of the others, each repeated. */
  private record Repeated(int times) implements Dataset {
    @Override
    public int size() {
      return DATA.size() * times;
    }

    @Override
    public ImmutableList<Values> inputs() {
      return DATA.inputs();
    }

    @Override
    public Values labels() {
      return DATA.labels();
    }

    @Override
    public ImmutableList<int[]> inOrder(int batchSize) {
      int[] first = new int[5 * times];
      int[] second = new int[4 * times];
      for (int i = 0; i < first.length; i++) {
        first[i] = i % 5;
      }
      for (int i = 0; i < second.length; i++) {
        second[i] = 5 + i % 4;
      }
      return ImmutableList.of(first, second);
    }

    @Override
    public ImmutableList<int[]> shuffled(int batchSize, long seed) {
      return inOrder(batchSize);
    }

    @Override
    public Batch gather(int[] examples) {
      return DATA.gather(examples);
    }
  }

  @Test
  void fit_twoDevicesOfTheSameExamples_equalOne() {
    Hardware two = Hardware.defaults().withDevices(Device.cpu(0), Device.cpu(1));
    Map<String, float[]> one = trained(Hardware.defaults(), new Repeated(1));
    Map<String, float[]> both = trained(two, new Repeated(2));

    assertThat(one).containsKeys("hidden/moving_mean", "hidden/moving_variance", "hidden/gain");
    assertThat(one.get("hidden/moving_mean")).doesNotContain(0);
    one.forEach(
        (name, values) ->
            assertThat(both.get(name)).as(name).containsExactly(values, within(1e-5f)));
  }

  @Test
  void fit_shareOfOneExample_isRefusedBeforeAnythingRuns() {
    Hardware five =
        Hardware.defaults()
            .withDevices(Device.cpu(0), Device.cpu(1), Device.cpu(2), Device.cpu(3), Device.cpu(4));
    try (Trainer trainer = trainer(five)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> trainer.fit(new Repeated(1), DATA, 1))
          .withMessageEndingWith("a batch of 5 on 5 devices");
      assertThat(trainer.step()).isZero();
    }
  }

  private static Map<String, float[]> trained(Hardware hardware, Dataset data) {
    try (Trainer trainer = trainer(hardware)) {
      trainer.fit(data, DATA, 3);
      Map<String, float[]> values = new HashMap<>();
      trainer
          .variables()
          .model()
          .forEach(
              variable -> values.put(variable.name(), trainer.variables().value(variable.name())));
      return values;
    }
  }

  private static Trainer trainer(Hardware hardware) {
    Blueprint.Builder plan = Blueprint.builder();
    Blueprint.Node x = plan.input(new InputSpec("x", TFloat32.class, Shape.of(6)));
    x =
        plan.add(
            new Dense("hidden", 7, Activation.TANH).withNormalization(new BatchNorm(0.6, 1e-3)), x);
    Blueprint blueprint = plan.build(plan.add(new Dense("logits", 4, Activation.LINEAR), x));
    Model model = () -> blueprint;
    TrainerOptions options =
        new TrainerOptions(4, 9, Schedule.constant(0.1), 1).withHardware(hardware);
    return new Trainer(model, Kaiming.normal(1), new Sgd(0.9), options);
  }
}
