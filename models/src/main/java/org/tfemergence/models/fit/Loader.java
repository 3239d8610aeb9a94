package org.tfemergence.models.fit;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Has batches gathered ahead by threads of its own, and hands them out in order. What a thread
 * throws surfaces where its batch is due. A batch that was handed out belongs to who took it.
 */
final class Loader implements AutoCloseable {
  private final List<int[]> batches;
  private final Function<int[], Feed> gather;
  private final ExecutorService threads;
  private final Deque<Future<Feed>> ahead = new ArrayDeque<>();
  private int submitted;

  /**
   * Starts to gather.
   *
   * @param batches the examples of each batch
   * @param gather what gathers a batch, safe to be called from several threads
   * @param threadCount the number of threads, at least 1; twice as many batches are held at most
   */
  Loader(List<int[]> batches, Function<int[], Feed> gather, int threadCount) {
    this.batches = batches;
    this.gather = gather;
    threads =
        Executors.newFixedThreadPool(
            threadCount,
            new ThreadFactoryBuilder().setNameFormat("loader-%d").setDaemon(true).build());
    for (int i = 0; i < 2 * threadCount; i++) {
      submit();
    }
  }

  /** Returns the next batch, to be closed; there must be one. */
  Feed next() {
    submit();
    Feed next = get(ahead.element()); // if that fails, it is still there to be closed
    ahead.remove();
    return next;
  }

  /** Waits for what is being gathered, and lets go of it. */
  @Override
  public void close() {
    threads.shutdownNow();
    boolean interrupted = false;
    while (true) {
      try {
        if (threads.awaitTermination(1, TimeUnit.MINUTES)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    for (Future<Feed> one : ahead) {
      if (one.isDone()) {
        release(one);
      }
    }
  }

  private void submit() {
    if (submitted < batches.size()) {
      int[] examples = batches.get(submitted++);
      ahead.add(threads.submit(() -> gather.apply(examples)));
    }
  }

  private static Feed get(Future<Feed> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      Throwables.throwIfUnchecked(e.getCause());
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a batch", e);
    }
  }

  /* A batch that failed was not asked for: the training ended before it. */
  private static void release(Future<Feed> done) {
    try {
      done.get().close();
    } catch (ExecutionException e) {
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
