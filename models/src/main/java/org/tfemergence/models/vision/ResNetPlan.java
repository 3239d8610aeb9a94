package org.tfemergence.models.vision;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import org.tfemergence.models.augment.ImageShape;
import org.tfemergence.models.layer.Activate;
import org.tfemergence.models.layer.Activation;
import org.tfemergence.models.layer.Add;
import org.tfemergence.models.layer.BatchNorm;
import org.tfemergence.models.layer.Bias;
import org.tfemergence.models.layer.Blueprint;
import org.tfemergence.models.layer.Conv2d;
import org.tfemergence.models.layer.Dense;
import org.tfemergence.models.layer.Flatten;
import org.tfemergence.models.layer.GlobalPool;
import org.tfemergence.models.layer.PadChannels;
import org.tfemergence.models.layer.Padding;
import org.tfemergence.models.layer.Pool;
import org.tfemergence.models.layer.Pooling;
import org.tfemergence.models.layer.Sliding;

/** Draws residual networks, block by block. */
final class ResNetPlan {
  private final Blueprint.Builder plan = Blueprint.builder();
  private final ResNet.Shortcut shortcut;
  private final Optional<BatchNorm> normalization;

  private ResNetPlan(ResNet.Shortcut shortcut, Optional<BatchNorm> normalization) {
    this.shortcut = shortcut;
    this.normalization = normalization;
  }

  static Blueprint draw(
      ImageShape image,
      ResNet.Stem stem,
      int stemFilters,
      ImmutableList<ImmutableList<ResidualBlock>> stages,
      ResNet.Shortcut shortcut,
      int classes,
      Optional<BatchNorm> normalization) {
    ResNetPlan drawing = new ResNetPlan(shortcut, normalization);
    Blueprint.Builder plan = drawing.plan;
    Blueprint.Node x = drawing.stem(plan.input(Classifier.input(image)), stem, stemFilters);
    for (int stage = 0; stage < stages.size(); stage++) {
      for (int block = 0; block < stages.get(stage).size(); block++) {
        x =
            drawing.block(
                "stage_" + (stage + 1) + "/block_" + (block + 1),
                x,
                stages.get(stage).get(block).filters(),
                stage > 0 && block == 0 ? 2 : 1);
      }
    }
    x = plan.add(new GlobalPool("pool", Pooling.AVERAGE), x);
    x = plan.add(new Flatten("flatten"), x);
    return plan.build(plan.add(new Dense("logits", classes, Activation.LINEAR), x));
  }

  private Blueprint.Node stem(Blueprint.Node x, ResNet.Stem stem, int filters) {
    return switch (stem) {
      case CIFAR -> plan.add(convolution("stem/conv", filters, 3, 1, Activation.RELU), x);
      case IMAGENET ->
          plan.add(
              new Pool("stem/pool", Pooling.MAX, Sliding.square(3, 2, Padding.around(1))),
              plan.add(convolution("stem/conv", filters, 7, 2, Activation.RELU), x));
    };
  }

  private Blueprint.Node block(String name, Blueprint.Node x, List<Integer> filters, int stride) {
    int convolutions = filters.size();
    Blueprint.Node branch = x;
    for (int i = 0; i < convolutions; i++) {
      int size = convolutions == 3 && i != 1 ? 1 : 3;
      boolean strides = i == convolutions - 2; // The first of 3 x 3.
      branch =
          plan.add(
              convolution(
                  name + "/conv_" + (i + 1),
                  filters.get(i),
                  size,
                  strides ? stride : 1,
                  i < convolutions - 1 ? Activation.RELU : Activation.LINEAR),
              branch);
    }
    Blueprint.Node around = around(name, x, filters.get(convolutions - 1), stride);
    Blueprint.Node sum = plan.add(new Add(name + "/add"), branch, around);
    return plan.add(new Activate(name + "/relu", Activation.RELU), sum);
  }

  private Blueprint.Node around(String name, Blueprint.Node x, int filters, int stride) {
    boolean wider = x.shape().get(-1) != filters;
    if (stride == 1 && !wider) {
      return x;
    }
    if (shortcut == ResNet.Shortcut.PROJECTION) {
      return plan.add(convolution(name + "/shortcut", filters, 1, stride, Activation.LINEAR), x);
    }
    Blueprint.Node fewer = x;
    if (stride > 1) {
      Sliding every = Sliding.square(1, stride, Padding.VALID);
      fewer = plan.add(new Pool(name + "/skip", Pooling.MAX, every), x);
    }
    return wider ? plan.add(new PadChannels(name + "/pad", filters), fewer) : fewer;
  }

  /* Even padding and SAME are the same at stride 1; there, it costs no operation of its own. */
  private Conv2d convolution(
      String name, int filters, int size, int stride, Activation activation) {
    Padding padding = stride == 1 ? Padding.SAME : Padding.around(size / 2);
    return Conv2d.of(name, filters, size, activation)
        .withWindow(Sliding.square(size, stride, padding))
        .withBias(normalization.isPresent() ? Bias.NONE : Bias.ADDED)
        .withNormalization(normalization);
  }
}
