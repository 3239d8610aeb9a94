package org.tfemergence.emergence.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.junit.jupiter.api.Test;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.testing.TinyTraining;
import org.tfemergence.emergence.testing.TinyTraining.Kind;

final class TrainingGraphTest {
  @Test
  void withStatistics_averageThatIsNone_isRefused() {
    try (TinyTraining training = new TinyTraining(Kind.RESOURCE, 1)) {
      TrainingGraph graph = training.graph();
      Weight first = graph.weights().get(0);
      Weight second = graph.weights().get(1);
      ImmutableMap<String, Weight> follows = ImmutableMap.of("kernel", second);

      assertThat(graph.withStatistics(ImmutableList.of(first, second), follows).averages())
          .isEqualTo(follows);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> graph.withStatistics(ImmutableList.of(first), follows))
          .withMessage("averages must be among the statistics, got averages of [kernel]");
    }
  }
}
