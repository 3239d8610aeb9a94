package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.io.MoreFiles;
import com.google.common.primitives.Ints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.tfemergence.emergence.file.Folders;
import org.tfemergence.emergence.file.LockFile;
import org.tfemergence.emergence.file.StagedDirectory;
import org.tfemergence.models.variable.SessionVariables;

/**
 * A folder of checkpoints, {@code checkpoint-NUMBER-step-STEP}: numbered as they were written, so
 * that the newest is the one with the greatest number also after a training has gone back. One
 * process at a time may write into it, and holds a lock on its file {@code .lock} until closed.
 */
public final class Checkpoints implements AutoCloseable {
  private static final Logger LOG = LogManager.getLogger(Checkpoints.class);
  private static final Pattern NAME = Pattern.compile("checkpoint-(\\d{6,})-step-(\\d+)");
  private static final int LAST_NUMBER = 999_999_999;
  private static final String LOCK = ".lock";

  private final Path directory;
  private final Retention retention;
  private LockFile lock;
  private boolean closed;
  private boolean warned;

  private Checkpoints(Path directory, Retention retention, LockFile lock) {
    this.directory = directory;
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
   * @throws IOException if it cannot be made or written, is open, here or in another process, or
   *     has a checkpoint of the last number there is
   */
  public static Checkpoints open(Path directory, Retention retention) throws IOException {
    LockFile lock = lock(directory);
    try {
      deleteLeftovers(directory);
      requireNumberLeft(numbered(directory));
      return new Checkpoints(directory, retention, lock);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static LockFile lock(Path directory) throws IOException {
    Folders.create(directory);
    return LockFile.tryLock(directory.resolve(LOCK))
        .orElseThrow(
            () -> new IOException(directory + ": another training writes its checkpoints here"));
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
    return firstIntact(directory, checkpoints -> checkpoints.descendingMap().values());
  }

  /** Which checkpoints are wanted, the first before the others. */
  @FunctionalInterface
  private interface Order {
    Collection<Path> of(ImmutableSortedMap<Integer, Path> checkpoints) throws IOException;
  }

  /*
   * Another process may be saving here. What it has deleted since the folder was listed is gone, not
   * damaged, and something newer is there: it is listed anew.
   */
  private static Optional<Path> firstIntact(Path directory, Order order) throws IOException {
    Set<Path> damaged = new HashSet<>();
    Iterator<Path> candidates = order.of(numbered(directory)).iterator();
    while (candidates.hasNext()) {
      Path checkpoint = candidates.next();
      try {
        Checkpoint.verify(checkpoint);
        return Optional.of(checkpoint);
      } catch (DamagedCheckpointException e) {
        if (!Files.isDirectory(checkpoint)) {
          candidates = order.of(numbered(directory)).iterator();
        } else if (damaged.add(checkpoint)) {
          LOG.warn("passed over a damaged checkpoint: {}", e.getMessage());
        }
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
  public synchronized Optional<Path> best() throws IOException {
    return firstIntact(
        directory, all -> retention.bestFirst(metrics(all)).stream().map(all::get).toList());
  }

  /**
   * Writes a checkpoint, then deletes those that need not stay; of one that cannot be deleted a
   * warning tells, and the next save tries again. If writing fails, all that were there are there
   * still. The first time that one goes and there is none yet with the figure by which the best are
   * kept, a warning says so. A folder that was deleted meanwhile is made anew, and locked anew.
   *
   * @param state what to keep besides the values of variables
   * @param variables the variables
   * @return the checkpoint's folder
   * @throws IOException if it cannot be written, or an old one not read, or the folder was deleted
   *     and is another training's by now
   * @throws IllegalArgumentException if the state has metrics, and not the one by which the best
   *     are kept
   * @throws IllegalStateException if this is closed
   */
  synchronized Path save(SavedState state, SessionVariables variables) throws IOException {
    if (closed) {
      throw new IllegalStateException(directory + ": closed, no longer this training's");
    }
    retention.requireMetric(state.metrics());
    if (!lock.isHeld()) {
      lock.close();
      lock = lock(directory);
    }
    ImmutableSortedMap<Integer, Path> before = numbered(directory);
    requireNumberLeft(before);
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
    Checkpoint.write(checkpoint, state, variables, this::requireHeld);
    if (!warned && staying.size() < all.size() && retention.lacksMetric(all.values())) {
      warned = true;
      LOG.warn(
          "{}: no checkpoint is kept as one of the best: none was saved right after an evaluation",
          directory);
    }
    deleteLeftovers(directory);
    for (Map.Entry<Integer, Path> old : before.entrySet()) {
      if (!staying.contains(old.getKey())) {
        delete(old.getValue());
      }
    }
    return checkpoint;
  }

  /*
   * Asked when what is to appear is there in full under a hidden name, in the folder: if the lock is
   * there as well, it is in the folder that is locked, and goes with it if that is deleted now.
   */
  private void requireHeld() throws IOException {
    if (!lock.isHeld()) {
      throw new IOException(directory + ": was deleted while a checkpoint was being written");
    }
  }

  private static void requireNumberLeft(ImmutableSortedMap<Integer, Path> checkpoints)
      throws IOException {
    if (!checkpoints.isEmpty() && checkpoints.lastKey() == LAST_NUMBER) {
      throw new IOException(
          checkpoints.get(LAST_NUMBER) + ": no number is left for the next checkpoint; rename it");
    }
  }

  private static void delete(Path checkpoint) {
    try {
      Folders.delete(checkpoint);
    } catch (IOException e) {
      LOG.warn("{}: an old checkpoint cannot be deleted", checkpoint, e);
    }
  }

  private static void deleteLeftovers(Path directory) {
    StagedDirectory.deleteLeftovers(directory, NAME)
        .forEach(failure -> LOG.warn("what is left of a checkpoint stays", failure));
  }

  /** Gives the folder free for another training. Closed already, it does nothing. */
  @Override
  public synchronized void close() throws IOException {
    closed = true;
    lock.close();
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
        if (name.matches() && (Files.isDirectory(child) || isGone(child))) {
          Path other = numbered.put(number(child, name.group(1)), child);
          if (other != null) {
            throw new IOException(
                "two checkpoints have the same number: " + other + " and " + child);
          }
        }
      }
    }
    return ImmutableSortedMap.copyOf(numbered);
  }

  /* Deleted since it was listed: who looks for one finds that out, and lists anew. */
  private static boolean isGone(Path child) {
    return Files.notExists(child, LinkOption.NOFOLLOW_LINKS);
  }

  private static int number(Path checkpoint, String digits) throws IOException {
    Integer number = Ints.tryParse(digits);
    if (number == null || number > LAST_NUMBER) {
      throw new IOException(
          checkpoint + ": found number " + digits + ", expected at most " + LAST_NUMBER);
    }
    return number;
  }
}
