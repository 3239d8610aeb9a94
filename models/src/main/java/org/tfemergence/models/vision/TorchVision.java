package org.tfemergence.models.vision;

import com.google.common.collect.ImmutableList;
import org.tfemergence.init.plan.Kernel;
import org.tfemergence.models.weights.Layout;
import org.tfemergence.models.weights.WeightMap;

/** How torchvision names the weights of the networks that are here too. */
public final class TorchVision {
  private static final int WITH_DROPOUT = 3; // Linear, ReLU, Dropout

  private TorchVision() {}

  /**
   * Maps a network from torchvision's {@code VGG}, such as {@code vgg16_bn}.
   *
   * @param model the network; the first of its dense layers looks at channels first there
   * @return the map of all its variables
   */
  public static WeightMap of(Vgg model) {
    WeightMap.Builder map = WeightMap.builder();
    boolean normalized = model.normalization().isPresent();
    int convolution = 0;
    int module = 0; // of features: a convolution, its normalization, ReLU; behind a stage, a pool
    for (ImmutableList<Integer> stage : model.stages()) {
      for (int i = 0; i < stage.size(); i++) {
        String ours = "conv_" + ++convolution;
        map.torchConvolution(ours, "features." + module++);
        if (normalized) {
          map.torchBatchNorm(ours, "features." + module++);
        }
        module++;
      }
      module++;
    }
    int stages = model.stages().size();
    Layout first =
        Layout.torchLinearOnImages(
            model.stages().get(stages - 1).get(model.stages().get(stages - 1).size() - 1),
            model.image().height() >> stages,
            model.image().width() >> stages);
    int dense = model.dense().size();
    for (int i = 0; i <= dense; i++) {
      String ours = i < dense ? "dense_" + (i + 1) : "logits";
      String theirs = "classifier." + WITH_DROPOUT * i;
      map.put(ours + "/kernel", theirs + ".weight", i == 0 ? first : Layout.TORCH_LINEAR)
          .put(ours + "/bias", theirs + ".bias", Layout.AS_IS);
    }
    return map.build();
  }

  /**
   * Maps a network from torchvision's {@code ResNet}, such as {@code resnet50}.
   *
   * @param model the network, with normalization as there
   * @return the map of all its variables
   * @throws IllegalArgumentException if the network is not normalized
   */
  public static WeightMap of(ResNet model) {
    if (model.normalization().isEmpty()) {
      throw new IllegalArgumentException(
          "model must be normalized, as torchvision's, got " + model);
    }
    WeightMap.Builder map = WeightMap.builder();
    for (Kernel kernel : model.kernels()) {
      String ours = kernel.name().replaceFirst("/kernel$", "");
      if (ours.equals("logits")) {
        map.torchLinear(ours, "fc");
      } else {
        map.torchConvolutionWithoutBias(ours, theirs(ours, "conv", "0"))
            .torchBatchNorm(ours, theirs(ours, "bn", "1"));
      }
    }
    return map.build();
  }

  /* stage_1/block_1/conv_1 is layer1.0.conv1 and layer1.0.bn1; a shortcut is downsample.0 and .1. */
  private static String theirs(String ours, String kind, String ofShortcut) {
    if (ours.equals("stem/conv")) {
      return kind + "1";
    }
    String[] parts = ours.split("/", -1);
    String block = "layer" + number(parts[0]) + "." + (number(parts[1]) - 1) + ".";
    return block
        + (parts[2].equals("shortcut") ? "downsample." + ofShortcut : kind + number(parts[2]));
  }

  private static int number(String part) {
    return Integer.parseInt(part.substring(part.indexOf('_') + 1));
  }
}
