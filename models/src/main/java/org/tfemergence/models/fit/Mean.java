package org.tfemergence.models.fit;

/** The mean loss and the accuracy over the examples of a pass. */
final class Mean {
  private double loss;
  private double correct;
  private long examples;

  void add(double lossOfBatch, double correctOfBatch, int size) {
    loss += lossOfBatch;
    correct += correctOfBatch;
    examples += size;
  }

  double loss() {
    return loss / examples;
  }

  double accuracy() {
    return correct / examples;
  }
}
