package org.tfemergence.models.fit;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tfemergence.models.data.HostArray;

/**
 * Tensors to be filled again and again: a step's input is as large as the one before. Safe to be
 * used from several threads.
 */
final class TensorPool implements AutoCloseable {
  private record Kind(Class<?> array, Shape shape) {}

  /** Sentences make many shapes; tensors that none asks for any more must not add up. */
  private static final int GREATEST = 64;

  private final Map<Kind, Deque<Tensor>> free = new HashMap<>();
  private int count;

  /** A filled tensor; closing it gives it back. */
  final class Filled implements AutoCloseable {
    private final Kind kind;
    private final Tensor tensor;

    private Filled(Kind kind, Tensor tensor) {
      this.kind = kind;
      this.tensor = tensor;
    }

    Tensor tensor() {
      return tensor;
    }

    @Override
    public void close() {
      synchronized (free) {
        if (count == GREATEST) {
          TensorPool.this.close();
        }
        free.computeIfAbsent(kind, any -> new ArrayDeque<>()).push(tensor);
        count++;
      }
    }
  }

  /**
   * Fills a tensor.
   *
   * @param array the values
   * @param shape of as many elements
   */
  Filled fill(HostArray array, Shape shape) {
    Kind kind = new Kind(array.getClass(), shape);
    Tensor tensor;
    synchronized (free) {
      Deque<Tensor> ofKind = free.get(kind);
      tensor = ofKind == null ? null : ofKind.poll();
      count -= tensor == null ? 0 : 1;
    }
    Filled filled = new Filled(kind, tensor == null ? tensor(array, shape) : tensor);
    try {
      copy(array, filled.tensor());
      return filled;
    } catch (RuntimeException e) {
      filled.close();
      throw e;
    }
  }

  private static Tensor tensor(HostArray array, Shape shape) {
    return array instanceof HostArray.Floats ? TFloat32.tensorOf(shape) : TInt32.tensorOf(shape);
  }

  private static void copy(HostArray array, Tensor tensor) {
    if (array instanceof HostArray.Floats floats) {
      ((TFloat32) tensor).copyFrom(DataBuffers.of(floats.values()));
    } else if (array instanceof HostArray.Ints ints) {
      ((TInt32) tensor).copyFrom(DataBuffers.of(ints.values()));
    }
  }

  /** Closes the tensors that were given back. */
  @Override
  public void close() {
    synchronized (free) {
      free.values().forEach(tensors -> tensors.forEach(Tensor::close));
      free.clear();
      count = 0;
    }
  }
}
