package org.tfemergence.models.testing;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.tfemergence.emergence.train.EpochResult;
import org.tfemergence.emergence.train.TrainingCallback;
import org.tfemergence.emergence.train.TrainingGraph;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.fit.Checkpoints;
import org.tfemergence.models.fit.Extent;
import org.tfemergence.models.fit.FitPlan;
import org.tfemergence.models.fit.Retention;
import org.tfemergence.models.fit.Trainer;
import org.tfemergence.models.fit.TrainerOptions;
import org.tfemergence.models.optimize.Adam;
import org.tfemergence.models.vision.Mlp;

/**
 * A program that trains a small network with a checkpoint every third step, goes on from the newest
 * one if there is any, and in the end writes what came of it. It may be made to wait for a byte of
 * its input at the end of each epoch, so that it cannot come to its end before it is killed.
 */
public final class KilledTraining {
  private KilledTraining() {}

  /** Remembers what it is told, in the checkpoint. */
  private static final class Told implements TrainingCallback {
    private final boolean waits;
    private String lines = "";

    Told(boolean waits) {
      this.waits = waits;
    }

    @Override
    public void attach(TrainingGraph graph) {}

    @Override
    public void completed(EpochResult result) {
      lines += result + "\n";
      if (waits) {
        try {
          System.in.read();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }

    @Override
    public ByteString hostState() {
      return ByteString.copyFromUtf8(lines);
    }

    @Override
    public void restoreHostState(ByteString state) {
      lines = state.toStringUtf8();
    }
  }

  /**
   * Trains.
   *
   * @param args the folder of the checkpoints, the file to write in the end, and {@code waits} if
   *     it is to wait
   * @throws IOException if something cannot be read or written
   */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    Told told = new Told(args.length > 2 && args[2].equals("waits"));
    TrainerOptions options = TrainerOptions.defaults().withBatchSize(4).withSeed(5);
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(2));
        Trainer trainer =
            new Trainer(Mlp.of(8, 4, 16), Kaiming.normal(1), new Adam(), options, told)) {
      Optional<Path> latest = checkpoints.latest();
      if (latest.isPresent()) {
        trainer.restore(latest.get());
      }
      trainer.fit(
          FitPlan.of(Examples.noise(40, 8, 4, 1), Examples.noise(12, 8, 4, 2), Extent.epochs(30))
              .withCheckpoints(checkpoints, Extent.steps(3)));
      Hasher hasher = Hashing.sha256().newHasher();
      trainer
          .variables()
          .all()
          .forEach(
              weight -> {
                for (float value : trainer.variables().value(weight.name())) {
                  hasher.putFloat(value);
                }
              });
      Files.writeString(Path.of(args[1]), hasher.hash() + "\n" + told.lines);
    }
  }
}
