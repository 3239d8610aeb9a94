package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.tfemergence.models.file.Folders;
import org.tfemergence.models.file.StagedDirectory;
import org.tfemergence.models.variable.SessionVariables;

/**
 * A folder of checkpoints, {@code checkpoint-NUMBER-step-STEP}: numbered as they were written, so
 * that the newest is the one with the greatest number also after a training has gone back. One
 * process at a time may write into it, and holds a lock on its file {@code .lock} until closed.
 */
public final class Checkpoints implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger(Checkpoints.class);
  private static final Pattern NAME = Pattern.compile("checkpoint-(\\d{6,9})-step-(\\d+)");
  private static final String LOCK = ".lock";

  /*
   * The folders that this process has open. A lock of POSIX belongs to the process and goes when it
   * closes any channel on the file: a second open must not even touch it.
   */
  private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final Path real;
  private final Retention retention;
  private final FileChannel lock; // open as long as this is
  private boolean warned;

  private Checkpoints(Path directory, Path real, Retention retention, FileChannel lock) {
    this.directory = directory;
    this.real = real;
    this.retention = retention;
    this.lock = lock;
  }

  /**
   * Opens a folder for writing, and clears away what killed processes left of unfinished
   * checkpoints; nothing else in it is touched.
   *
   * @param directory the folder, made if it is absent
   * @param retention which checkpoints stay
   * @return the folder
   * @throws IOException if it cannot be made or written, or is open, here or in another process
   */
  public static Checkpoints open(Path directory, Retention retention) throws IOException {
    Folders.create(directory);
    Path real = directory.toRealPath();
    if (!OPEN.add(real)) {
      throw taken(directory);
    }
    try {
      return new Checkpoints(directory, real, retention, locked(directory));
    } catch (IOException | RuntimeException e) {
      OPEN.remove(real);
      throw e;
    }
  }

  private static FileChannel locked(Path directory) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock(); // released when the channel is closed
      if (lock == null) {
        throw taken(directory);
      }
      StagedDirectory.deleteLeftovers(directory, NAME);
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static IOException taken(Path directory) {
    return new IOException(directory + ": another training writes its checkpoints here");
  }

  /**
   * Finds the newest checkpoint that is intact; those that are damaged are told of by a warning.
   *
   * @param directory a folder of checkpoints, which may be absent
   * @return its folder; empty if there is none
   * @throws IOException if the folder cannot be listed, or a newer checkpoint cannot be read for
   *     another reason: it is of a newer format, or the system refuses or fails
   */
  public static Optional<Path> latest(Path directory) throws IOException {
    return firstIntact(numbered(directory).descendingMap().values());
  }

  private static Optional<Path> firstIntact(Collection<Path> checkpoints) throws IOException {
    for (Path checkpoint : checkpoints) {
      try {
        Checkpoint.verify(checkpoint);
        return Optional.of(checkpoint);
      } catch (DamagedCheckpointException e) {
        LOG.warn("passed over a damaged checkpoint: {}", e.getMessage());
      }
    }
    return Optional.empty();
  }

  /**
   * Finds the newest checkpoint of this folder that is intact.
   *
   * @return its folder; empty if there is none
   * @throws IOException as of {@link #latest(Path)}
   */
  public Optional<Path> latest() throws IOException {
    return latest(directory);
  }

  /**
   * Finds the best checkpoint of this folder that is intact, by the rule that says which stay.
   *
   * @return its folder; empty if none has the metric
   * @throws IOException if the folder or a checkpoint cannot be read
   * @throws IllegalStateException if the rule keeps no best ones
   */
  public Optional<Path> best() throws IOException {
    ImmutableSortedMap<Integer, Path> all = numbered(directory);
    return firstIntact(retention.bestFirst(metrics(all)).stream().map(all::get).toList());
  }

  /**
   * Writes a checkpoint, then deletes those that need not stay; of one that cannot be deleted a
   * warning tells, and the next save tries again. If writing fails, all that were there are there
   * still. The first time that one goes and there is none yet with the figure by which the best are
   * kept, a warning says so.
   *
   * @param state what to keep besides the values of variables
   * @param variables the variables
   * @return the checkpoint's folder
   * @throws IOException if it cannot be written, or an old one not read
   * @throws IllegalArgumentException if the state has metrics, and not the one by which the best
   *     are kept
   * @throws IllegalStateException if this is closed
   */
  Path save(SavedState state, SessionVariables variables) throws IOException {
    if (!lock.isOpen()) {
      throw new IllegalStateException(directory + ": closed, no longer this training's");
    }
    retention.requireMetric(state.metrics());
    ImmutableSortedMap<Integer, Path> before = numbered(directory);
    int number = before.isEmpty() ? 1 : before.lastKey() + 1;
    ImmutableMap<Integer, ImmutableMap<String, Double>> all =
        ImmutableMap.<Integer, ImmutableMap<String, Double>>builder()
            .putAll(metrics(before))
            .put(number, state.metricsOfTheseWeights())
            .buildOrThrow();
    Set<Integer> staying = retention.staying(all);
    Path checkpoint =
        directory.resolve(
            String.format(Locale.ROOT, "checkpoint-%06d-step-%d", number, state.position().step()));
    Checkpoint.write(checkpoint, state, variables);
    if (!warned && staying.size() < all.size() && retention.lacksMetric(all.values())) {
      warned = true;
      LOG.warn(
          "{}: no checkpoint is kept as one of the best: none was saved right after an evaluation",
          directory);
    }
    for (Map.Entry<Integer, Path> old : before.entrySet()) {
      if (!staying.contains(old.getKey())) {
        delete(old.getValue());
      }
    }
    return checkpoint;
  }

  private static void delete(Path checkpoint) {
    try {
      MoreFiles.deleteRecursively(checkpoint, RecursiveDeleteOption.ALLOW_INSECURE);
    } catch (IOException e) {
      LOG.warn("{}: an old checkpoint cannot be deleted", checkpoint, e);
    }
  }

  /** Gives the folder free for another training. Closed already, it does nothing. */
  @Override
  public void close() throws IOException {
    if (!lock.isOpen()) {
      return; // the folder may be another's by now
    }
    try {
      lock.close();
    } finally {
      OPEN.remove(real);
    }
  }

  /*
   * A damaged one counts as without metrics; it goes when it is no longer among the newest. That
   * nothing is missing is looked at each time, the bytes of what may be many files are not.
   */
  private static ImmutableMap<Integer, ImmutableMap<String, Double>> metrics(
      Map<Integer, Path> checkpoints) throws IOException {
    ImmutableMap.Builder<Integer, ImmutableMap<String, Double>> metrics = ImmutableMap.builder();
    for (Map.Entry<Integer, Path> checkpoint : checkpoints.entrySet()) {
      try {
        SavedState state = ManifestFile.state(ManifestFile.readComplete(checkpoint.getValue()));
        metrics.put(checkpoint.getKey(), state.metricsOfTheseWeights());
      } catch (DamagedCheckpointException e) {
        LOG.warn("a damaged checkpoint: {}", e.getMessage());
        metrics.put(checkpoint.getKey(), ImmutableMap.of());
      }
    }
    return metrics.buildOrThrow();
  }

  private static ImmutableSortedMap<Integer, Path> numbered(Path directory) throws IOException {
    TreeMap<Integer, Path> numbered = new TreeMap<>();
    if (Files.isDirectory(directory)) {
      for (Path child : MoreFiles.listFiles(directory)) {
        Matcher name = NAME.matcher(child.getFileName().toString());
        if (name.matches() && Files.isDirectory(child)) {
          Path other = numbered.put(Integer.parseInt(name.group(1)), child);
          if (other != null) {
            throw new IOException(
                "two checkpoints have the same number: " + other + " and " + child);
          }
        }
      }
    }
    return ImmutableSortedMap.copyOf(numbered);
  }
}
