package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.models.data.Batch;
import org.tfemergence.models.data.HostArray;
import org.tfemergence.models.layer.InputSpec;

/** Nothing native is left open where gathering or waiting fails. */
final class LoaderTest {
  /** TensorFlow's classes keep pointers of their own once they are loaded. */
  @BeforeAll
  static void loadTensorFlow() {
    TFloat32.scalarOf(0).close();
    TInt32.scalarOf(0).close();
  }

  private static final List<InputSpec> INPUTS =
      List.of(new InputSpec("input", TFloat32.class, Shape.of(2)));

  /** TensorFlow opens some things of its own with the first tensor, for good. */
  @BeforeAll
  static void openTensorFlow() {
    TFloat32.scalarOf(0).close();
  }

  private static Batch batch(int[] examples) {
    int size = examples.length;
    return new Batch(
        size,
        ImmutableList.of(new HostArray.Floats(new float[2 * size], Shape.of(size, 2))),
        new HostArray.Ints(new int[size], Shape.of(size)));
  }

  @Test
  void next_interrupted_leavesTheBatchToBeClosed() {
    long before = Pointer.totalCount();
    CountDownLatch closing = new CountDownLatch(1);
    try (TensorPool pool = new TensorPool()) {
      try (Loader loader =
          new Loader(
              List.of(new int[] {0}),
              examples -> {
                Feed feed = Feed.of(examples, 1, LoaderTest::batch, INPUTS, pool);
                awaitIgnoringInterrupts(closing);
                return feed;
              },
              1)) {
        Thread.currentThread().interrupt();
        assertThatIllegalStateException()
            .isThrownBy(loader::next)
            .withMessage("interrupted while waiting for a batch");
        assertThat(Thread.interrupted()).isTrue();
        closing.countDown();
      }
    }
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before); // less, if a collector ran
  }

  /** Twice as many batches as threads are ahead, and one more for each that is taken. */
  @Test
  void next_gathersNoMoreThanIsHeld() throws InterruptedException {
    List<int[]> batches = IntStream.range(0, 9).mapToObj(i -> new int[] {i}).toList();
    Semaphore gathered = new Semaphore(0);
    try (TensorPool pool = new TensorPool();
        Loader loader =
            new Loader(
                batches,
                examples -> {
                  gathered.release();
                  return Feed.of(examples, 1, LoaderTest::batch, INPUTS, pool);
                },
                2)) {
      for (int taken = 0; taken < 3; taken++) {
        assertThat(gathered.tryAcquire(taken == 0 ? 4 : 1, 1, TimeUnit.MINUTES)).isTrue();
        assertThat(gathered.tryAcquire(50, TimeUnit.MILLISECONDS)).isFalse();
        loader.next().close();
      }
    }
  }

  @Test
  void feed_laterShareFails_closesThoseBefore() {
    long before = Pointer.totalCount();
    try (TensorPool pool = new TensorPool()) {
      assertThatIllegalStateException()
          .isThrownBy(
              () ->
                  Feed.of(
                      new int[] {0, 1},
                      2,
                      examples -> {
                        if (examples[0] == 1) {
                          throw new IllegalStateException("disk on fire");
                        }
                        return batch(examples);
                      },
                      INPUTS,
                      pool))
          .withMessage("disk on fire");
    }
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before); // less, if a collector ran
  }

  private static void awaitIgnoringInterrupts(CountDownLatch latch) {
    boolean interrupted = false;
    while (true) {
      try {
        latch.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
