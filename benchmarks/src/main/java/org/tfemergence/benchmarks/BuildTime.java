package org.tfemergence.benchmarks;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.op.Ops;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.fit.TrainerOptions;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.optimize.Sgd;
import org.tfemergence.models.vision.Mlp;
import org.tfemergence.models.vision.ResNet;
import org.tfemergence.models.vision.Vgg;

/**
 * Prints how long a trainer takes to build its graph, gradients and optimizer included, and to
 * initialize its variables: the first in a process, and the median of those after it. Perceptrons
 * of more and more narrow layers tell how it grows with the number of variables.
 */
public final class BuildTime {
  private static final int REPEATS = 5;

  private BuildTime() {}

  /**
   * Prints a line for each network.
   *
   * @param args none
   */
  @SuppressWarnings("SystemOut") // a program's result
  public static void main(String[] args) {
    long start = System.nanoTime();
    loadTensorFlow();
    System.out.printf(Locale.ROOT, "TensorFlow itself, once in a process: %.2f s%n", since(start));
    ImmutableMap<String, Model> networks =
        ImmutableMap.of(
            "VGG-19, 32x32", Vgg.cifar(19, 10),
            "ResNet-50, 224x224", ResNet.imageNet(50, 1000),
            "perceptron of 25 layers", perceptron(25),
            "perceptron of 50 layers", perceptron(50),
            "perceptron of 100 layers", perceptron(100),
            "perceptron of 200 layers", perceptron(200));
    networks.forEach(
        (name, network) -> {
          double first = seconds(network);
          List<Double> later = new ArrayList<>();
          for (int i = 0; i < REPEATS; i++) {
            later.add(seconds(network));
          }
          System.out.printf(
              Locale.ROOT,
              "%-25s %3d kernels: first %.2f s, then %.2f s (median of %d)%n",
              name,
              network.kernels().size(),
              first,
              Pairs.median(later),
              REPEATS);
        });
  }

  private static Model perceptron(int layers) {
    return Mlp.of(16, 16, IntStream.range(1, layers).map(i -> 16).toArray());
  }

  private static void loadTensorFlow() {
    try (Graph graph = new Graph();
        Session session = new Session(graph)) {
      session.runner().fetch(Ops.create(graph).constant(1f)).run().close();
    }
  }

  private static double seconds(Model network) {
    long start = System.nanoTime();
    Trainer trainer =
        new Trainer(network, Kaiming.normal(1), new Sgd(0.9), TrainerOptions.defaults());
    double taken = since(start);
    trainer.close();
    return taken;
  }

  private static double since(long start) {
    return (System.nanoTime() - start) * 1e-9;
  }
}
