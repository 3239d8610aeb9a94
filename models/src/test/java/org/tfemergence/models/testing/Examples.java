package org.tfemergence.models.testing;

import java.util.Random;
import org.tfemergence.models.data.LabeledData;

/** Made examples. */
public final class Examples {
  private Examples() {}

  /**
   * Draws normally distributed features.
   *
   * @param count how many
   * @param seed the seed
   * @return the features
   */
  public static float[] features(int count, long seed) {
    Random random = new Random(seed);
    float[] features = new float[count];
    for (int i = 0; i < count; i++) {
      features[i] = (float) random.nextGaussian();
    }
    return features;
  }

  /**
   * Draws labels.
   *
   * @param count how many
   * @param classes the number of classes
   * @param seed the seed
   * @return labels, evenly distributed
   */
  public static int[] labels(int count, int classes, long seed) {
    Random random = new Random(~seed);
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      labels[i] = random.nextInt(classes);
    }
    return labels;
  }

  /**
   * Draws a data set whose labels have nothing to do with the features.
   *
   * @param size the number of examples
   * @param width the number of features of each
   * @param classes the number of classes
   * @param seed the seed
   * @return the data
   */
  public static LabeledData noise(int size, int width, int classes, long seed) {
    return new LabeledData(features(size * width, seed), labels(size, classes, seed), classes);
  }
}
