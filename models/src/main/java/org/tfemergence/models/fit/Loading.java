package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.tfemergence.models.layer.InputSpec;

/**
 * How batches come to be tensors.
 *
 * @param inputs what the model takes
 * @param pool where tensors come from and go back to
 * @param threads the number of threads that gather ahead
 */
record Loading(ImmutableList<InputSpec> inputs, TensorPool pool, int threads) {
  /** Starts to gather batches, each to be divided among a number of devices. */
  Loader start(List<int[]> batches, int devices, Feed.Gathering how) {
    return new Loader(batches, examples -> Feed.of(examples, devices, how, inputs, pool), threads);
  }
}
