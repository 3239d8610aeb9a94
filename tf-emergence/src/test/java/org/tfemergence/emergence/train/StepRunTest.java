package org.tfemergence.emergence.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.op.core.Split;
import org.tensorflow.types.TFloat32;
import org.tfemergence.emergence.testing.GraphRun;

final class StepRunTest {
  private static final Step STEP = new Step(Phase.TRAINING, 1, 1, true, true);

  private final List<TFloat32> fed = new ArrayList<>();
  private final List<float[]> seen = new ArrayList<>();
  private GraphRun run;
  private Placeholder<TFloat32> x;

  @BeforeEach
  void open() {
    run = new GraphRun();
    x = run.tf().placeholder(TFloat32.class, Placeholder.shape(Shape.of(2)));
  }

  @AfterEach
  void close() {
    run.close();
  }

  @Test
  void deliver_sameOutputTwice_givesItToBoth() {
    Operand<TFloat32> both = run.constant(Shape.of(2), 1, 2);
    Operand<TFloat32> own = run.constant(Shape.of(1), 3);

    step(List.of(asking(own, both), asking(both)));

    assertThat(seen).containsExactly(new float[] {3}, new float[] {1, 2}, new float[] {1, 2});
  }

  @Test
  void deliver_severalOutputsOfOneOperation_keepsThemApart() {
    Split<TFloat32> halves =
        run.tf().split(run.tf().constant(0), run.constant(Shape.of(4), 1, 2, 3, 4), 2L);

    step(List.of(asking(halves.output().get(1)), asking(halves.output().get(0))));

    assertThat(seen).containsExactly(new float[] {3, 4}, new float[] {1, 2});
  }

  @Test
  void ask_callbackThatRequestsNull_isRefusedByNameAndWhatOthersFedIsClosed() {
    TrainingCallback silent =
        new TrainingCallback() {
          @Override
          public void attach(TrainingGraph graph) {}

          @Override
          public StepRequest request(Step step) {
            return null;
          }

          @Override
          public String name() {
            return "silent";
          }
        };
    assertThatNullPointerException()
        .isThrownBy(() -> StepRun.ask(List.of(feeding(x, 1, 2), silent), STEP))
        .withMessage("callback 'silent' must request something or StepRequest.NOTHING");
    assertThat(fed).hasSize(1).allSatisfy(StepRunTest::assertClosed);
  }

  @Test
  void deliver_equalCallbacks_givesEachItsOwnResults() {
    record Twin(List<Step> told) implements TrainingCallback {
      @Override
      public void attach(TrainingGraph graph) {}

      @Override
      public void completed(StepResult result) {
        told.add(result.step());
      }
    }
    List<Step> told = new ArrayList<>();

    try (StepRun extra = StepRun.ask(List.of(new Twin(told), new Twin(told)), STEP);
        Result result =
            extra.addTo(run.session().runner().fetch(run.constant(Shape.of(1), 1))).run()) {
      extra.deliver(result);
    }

    assertThat(told).containsExactly(STEP, STEP);
  }

  @Test
  void addTo_feeds_reachTheGraphAndAreClosedAfterwards() {
    Operand<TFloat32> twice = run.tf().math.add(x, x);

    step(List.of(feeding(twice, 4, 5)));

    assertThat(seen).containsExactly(new float[] {8, 10});
    assertThat(fed).hasSize(1).allSatisfy(StepRunTest::assertClosed);
  }

  @Test
  void close_runFailed_closesTheFeeds() {
    assertThatExceptionOfType(RuntimeException.class)
        .isThrownBy(() -> step(List.of(feeding(x, 1), asking(run.tf().identity(x)))));

    assertThat(fed).hasSize(1).allSatisfy(StepRunTest::assertClosed);
  }

  @Test
  void ask_laterCallbackThrows_closesTheFeedsOfTheFirst() {
    TrainingCallback broken =
        new TrainingCallback() {
          @Override
          public void attach(TrainingGraph graph) {}

          @Override
          public StepRequest request(Step step) {
            throw new IllegalStateException("broken at " + step.number());
          }
        };

    assertThatIllegalStateException()
        .isThrownBy(() -> StepRun.ask(List.of(feeding(x, 1, 2), broken), STEP))
        .withMessage("broken at 1");

    assertThat(fed).hasSize(1).allSatisfy(StepRunTest::assertClosed);
  }

  @Test
  void deliver_nothingAsked_isToldAllTheSame() {
    List<StepResult> results = new ArrayList<>();
    TrainingCallback quiet =
        new TrainingCallback() {
          @Override
          public void attach(TrainingGraph graph) {}

          @Override
          public void completed(StepResult result) {
            results.add(result);
          }
        };

    try (StepRun extra = StepRun.ask(List.of(quiet), STEP);
        Result result =
            extra.addTo(run.session().runner().fetch(run.constant(Shape.of(1), 1))).run()) {
      extra.deliver(result);
    }

    assertThat(results).containsExactly(new StepResult(STEP, ImmutableList.of()));
  }

  @Test
  void runEach_sameInputFedByTwo_givesEachItsOwn() {
    Operand<TFloat32> twice = run.tf().math.add(x, x);

    try (StepRun own =
        StepRun.ask(List.of(feeding(twice, 1, 2), feeding(twice, 4, 5)), step(Phase.PROBE))) {
      own.runEach(run.session());
    }

    assertThat(seen).containsExactly(new float[] {2, 4}, new float[] {8, 10});
    assertThat(fed).hasSize(2).allSatisfy(StepRunTest::assertClosed);
  }

  @Test
  void runEach_nothingAsked_runsNothingAndTells() {
    List<Step> told = new ArrayList<>();
    TrainingCallback quiet =
        new TrainingCallback() {
          @Override
          public void attach(TrainingGraph graph) {}

          @Override
          public void completed(StepResult result) {
            told.add(result.step());
          }
        };
    try (StepRun own = StepRun.ask(List.of(quiet), step(Phase.END))) {
      own.runEach(run.session());
    }

    assertThat(told).containsExactly(step(Phase.END));
  }

  @Test
  void runEach_stepWithABatch_isRefused() {
    try (StepRun extra = StepRun.ask(List.of(), STEP)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> extra.runEach(run.session()))
          .withMessage("a step of TRAINING is run as one, by the loop");
    }
  }

  /**
   * Each has its part, in a step of the loop's and in one of their own; all that failed is told.
   */
  @Test
  void deliverAndRunEach_someFail_tellTheOthersFirst() {
    List<Step> told = new ArrayList<>();
    List<TrainingCallback> callbacks = List.of(failing("a"), telling(told), failing("b"));

    assertThatIllegalStateException()
        .isThrownBy(
            () -> {
              try (StepRun extra = StepRun.ask(callbacks, STEP);
                  Result result =
                      extra
                          .addTo(run.session().runner().fetch(run.constant(Shape.of(1), 1)))
                          .run()) {
                extra.deliver(result);
              }
            })
        .withMessage("a")
        .satisfies(first -> assertThat(first.getSuppressed()).hasSize(1))
        .satisfies(first -> assertThat(first.getSuppressed()[0]).hasMessage("b"));
    assertThatIllegalStateException()
        .isThrownBy(
            () -> {
              try (StepRun own = StepRun.ask(callbacks, step(Phase.PROBE))) {
                own.runEach(run.session());
              }
            })
        .withMessage("a")
        .satisfies(first -> assertThat(first.getSuppressed()).hasSize(1));
    assertThat(told).containsExactly(STEP, step(Phase.PROBE));
  }

  @Test
  void tell_someFail_tellsTheOthersFirst() {
    EpochResult result = new EpochResult(1, 2, ImmutableMap.of());
    List<EpochResult> told = new ArrayList<>();
    TrainingCallback hearing =
        new TrainingCallback() {
          @Override
          public void attach(TrainingGraph graph) {}

          @Override
          public void completed(EpochResult of) {
            told.add(of);
          }
        };
    TrainingCallback failing =
        new TrainingCallback() {
          @Override
          public void attach(TrainingGraph graph) {}

          @Override
          public void completed(EpochResult of) {
            throw new IllegalStateException("disk full");
          }
        };

    assertThatIllegalStateException()
        .isThrownBy(() -> result.tell(List.of(failing, hearing)))
        .withMessage("disk full");
    assertThat(told).containsExactly(result);
  }

  private static TrainingCallback telling(List<Step> told) {
    return new TrainingCallback() {
      @Override
      public void attach(TrainingGraph graph) {}

      @Override
      public void completed(StepResult result) {
        told.add(result.step());
      }
    };
  }

  private static TrainingCallback failing(String message) {
    return new TrainingCallback() {
      @Override
      public void attach(TrainingGraph graph) {}

      @Override
      public void completed(StepResult result) {
        throw new IllegalStateException(message);
      }
    };
  }

  private static Step step(Phase phase) {
    return new Step(phase, 3, 1, false, true);
  }

  private void step(List<TrainingCallback> callbacks) {
    try (StepRun extra = StepRun.ask(callbacks, STEP)) {
      Session.Runner runner = extra.addTo(run.session().runner());
      try (Result result = runner.run()) {
        extra.deliver(result);
      }
    }
  }

  private TrainingCallback asking(Operand<?>... outputs) {
    return callback(StepRequest.of(outputs));
  }

  private TrainingCallback feeding(Operand<TFloat32> output, float... values) {
    TFloat32 tensor = GraphRun.tensor(Shape.of(values.length), values);
    fed.add(tensor);
    return callback(new StepRequest(ImmutableList.of(output), ImmutableMap.of(x, tensor)));
  }

  private TrainingCallback callback(StepRequest request) {
    return new TrainingCallback() {
      @Override
      public void attach(TrainingGraph graph) {}

      @Override
      public StepRequest request(Step step) {
        return request;
      }

      @Override
      public void completed(StepResult result) {
        result.values().forEach(value -> seen.add(GraphRun.floats((TFloat32) value)));
      }
    };
  }

  private static void assertClosed(TFloat32 tensor) {
    assertThatIllegalStateException().isThrownBy(() -> tensor.asRawTensor().data());
  }
}
