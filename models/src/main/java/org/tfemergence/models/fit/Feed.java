package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.models.data.Batch;
import org.tfemergence.models.data.HostArray;
import org.tfemergence.models.layer.InputSpec;

/** The tensors of a batch, by device; closing it gives them back. */
record Feed(ImmutableList<Share> shares) implements AutoCloseable {
  /**
   * A device's share of a batch.
   *
   * @param inputs a tensor for each input of the model
   * @param labels the labels
   * @param counts whether it counts: a device for which nothing is left gets an example that others
   *     have, since not all operations bear empty tensors
   */
  record Share(ImmutableList<TensorPool.Filled> inputs, TensorPool.Filled labels, boolean counts)
      implements AutoCloseable {
    @Override
    public void close() {
      inputs.forEach(TensorPool.Filled::close);
      labels.close();
    }
  }

  /** How examples are gathered. */
  @FunctionalInterface
  interface Gathering {
    Batch gather(int[] examples);
  }

  /**
   * Gathers a batch and divides it among devices: each gets as many examples in a row, the first
   * ones one more if they do not divide.
   */
  static Feed of(
      int[] examples, int devices, Gathering how, List<InputSpec> inputs, TensorPool pool) {
    List<Share> shares = new ArrayList<>();
    int start = 0;
    try {
      for (int i = 0; i < devices; i++) {
        int size = examples.length / devices + (i < examples.length % devices ? 1 : 0);
        boolean counts = size > 0;
        int[] part =
            counts ? Arrays.copyOfRange(examples, start, start + size) : Arrays.copyOf(examples, 1);
        shares.add(share(how.gather(part), counts, inputs, pool));
        start += size;
      }
      return new Feed(ImmutableList.copyOf(shares));
    } catch (RuntimeException e) {
      shares.forEach(Share::close);
      throw e;
    }
  }

  private static Share share(Batch batch, boolean counts, List<InputSpec> inputs, TensorPool pool) {
    List<TensorPool.Filled> filled = new ArrayList<>();
    try {
      for (int i = 0; i < inputs.size(); i++) {
        HostArray array = batch.inputs().get(i);
        Shape shape =
            array instanceof HostArray.Floats
                ? Shape.of(batch.size()).append(inputs.get(i).shape())
                : array.shape();
        filled.add(pool.fill(array, shape));
      }
      TensorPool.Filled labels = pool.fill(batch.labels(), batch.labels().shape());
      return new Share(ImmutableList.copyOf(filled), labels, counts);
    } catch (RuntimeException e) {
      filled.forEach(TensorPool.Filled::close);
      throw e;
    }
  }

  @Override
  public void close() {
    shares.forEach(Share::close);
  }
}
