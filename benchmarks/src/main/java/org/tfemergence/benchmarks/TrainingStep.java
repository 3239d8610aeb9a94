package org.tfemergence.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.tensorflow.TensorFlow;
import org.tfemergence.emergence.train.Phase;
import org.tfemergence.emergence.train.Schedule;
import org.tfemergence.emergence.train.Step;
import org.tfemergence.emergence.train.StepRequest;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.init.initializer.Xavier;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.data.Dataset;
import org.tfemergence.models.data.LabeledData;
import org.tfemergence.models.data.SentencePairs;
import org.tfemergence.models.fit.Extent;
import org.tfemergence.models.fit.FitPlan;
import org.tfemergence.models.fit.Hardware;
import org.tfemergence.models.fit.Precision;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.fit.TrainerOptions;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.objective.Classification;
import org.tfemergence.models.objective.Objective;
import org.tfemergence.models.objective.TokenPrediction;
import org.tfemergence.models.optimize.Adam;
import org.tfemergence.models.optimize.Optimizer;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.text.SpecialTokens;
import org.tfemergence.models.text.Transformer;
import org.tfemergence.models.vision.ResNet;
import org.tfemergence.models.vision.Vgg;

/**
 * Takes training steps on request, so that another process can time this trainer beside other
 * systems': it says what it is, then a line with a number of steps comes in, the seconds they took
 * go out.
 *
 * <p>{@code benchmarks/peers/compare.py NETWORK} asks; {@code benchmarks/run training-step NETWORK
 * [--bfloat16]} answers.
 */
public final class TrainingStep {
  private TrainingStep() {}

  /** A network with data to train it on. */
  private record Work(
      Model model,
      Objective objective,
      Optimizer optimizer,
      double learningRate,
      Dataset data,
      int batchSize) {}

  /**
   * Answers until its input ends.
   *
   * @param args {@code vgg19}, {@code resnet50} or {@code transformer}, and perhaps {@code
   *     --bfloat16}
   */
  @SuppressWarnings("SystemOut") // a program's result
  public static void main(String[] args) {
    Work work = work(args.length == 0 ? "" : args[0]);
    Precision precision =
        List.of(args).contains("--bfloat16") ? Precision.BFLOAT16 : Precision.FLOAT32;
    TrainerOptions options =
        TrainerOptions.defaults()
            .withBatchSize(work.batchSize())
            .withLearningRate(Schedule.constant(work.learningRate()))
            .withHardware(Hardware.defaults().withPrecision(precision).withThreads(2, 2));
    System.out.printf(
        Locale.ROOT,
        "tf-emergence on TensorFlow %s, %,d parameters%n",
        TensorFlow.version(),
        work.model().network().parameters());
    Pace pace = new Pace(System.out);
    try (Trainer trainer =
        new Trainer(
            work.model(),
            work.objective(),
            work.model() instanceof Transformer ? Xavier.uniform(1) : Kaiming.normal(1),
            work.optimizer(),
            options,
            pace)) {
      // Evaluations would be timed too, so there is none within any number of steps asked for.
      trainer.fit(
          FitPlan.of(work.data(), work.data(), Extent.steps(1L << 40))
              .withEvaluateEvery(Extent.steps(1L << 40)));
    } catch (Pace.Ended e) {
      System.out.flush();
    }
  }

  private static Work work(String network) {
    return switch (network) {
      case "vgg19" ->
          new Work(
              Vgg.cifar(19, 10),
              new Classification(),
              new Sgd(0.9),
              1e-4,
              images(128, 32 * 32 * 3, 10),
              128);
      case "resnet50" ->
          new Work(
              ResNet.imageNet(50, 1000).withImage(new ImageShape(64, 64, 3)),
              new Classification(),
              new Sgd(0.9),
              1e-4,
              images(32, 64 * 64 * 3, 1000),
              32);
      case "transformer" ->
          new Work(
              Transformer.iwslt(8848, 6632),
              new TokenPrediction(SpecialTokens.PADDING, 0.1),
              new Adam(0.9, 0.98, 1e-8),
              1e-7,
              sentences(),
              64 * 32);
      default ->
          throw new IllegalArgumentException(
              "expected vgg19, resnet50 or transformer, got '" + network + "'");
    };
  }

  private static LabeledData images(int examples, int values, int classes) {
    Random random = new Random(1);
    float[] pixels = new float[examples * values];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat();
    }
    int[] labels = random.ints(examples, 0, classes).toArray();
    return new LabeledData(pixels, labels, classes);
  }

  /* 64 sentences of 32 tokens, and as many to be predicted. */
  private static SentencePairs sentences() {
    Random random = new Random(1);
    int[][] sources = new int[64][];
    int[][] targets = new int[64][];
    for (int i = 0; i < 64; i++) {
      sources[i] = random.ints(32, SpecialTokens.COUNT, 8848).toArray();
      targets[i] = random.ints(33, SpecialTokens.COUNT, 6632).toArray();
      targets[i][0] = SpecialTokens.END;
    }
    return new SentencePairs(sources, targets, 8848, 6632, SpecialTokens.PADDING);
  }

  /** Holds the training up between two steps until more are asked for. */
  private static final class Pace implements TrainingCallback {
    /** Nobody asks any more. */
    private static final class Ended extends RuntimeException {
      private static final long serialVersionUID = 1;
    }

    private final BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    private final PrintStream answers;
    private long left;
    private long started;

    Pace(PrintStream answers) {
      this.answers = answers;
    }

    @Override
    public void attach(TrainingGraph graph) {}

    @Override
    public StepRequest request(Step step) {
      if (step.phase() == Phase.TRAINING) {
        if (left == 0) {
          answerAndWait();
        }
        left--;
      }
      return StepRequest.NOTHING;
    }

    private void answerAndWait() {
      if (started > 0) {
        answers.println((System.nanoTime() - started) * 1e-9);
        answers.flush();
      }
      try {
        String line = questions.readLine();
        if (line == null) {
          throw new Ended();
        }
        left = Long.parseLong(line.trim());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      started = System.nanoTime();
    }
  }
}
