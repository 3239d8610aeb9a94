package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
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

  private final Path directory;
  private final Retention retention;
  private final FileChannel lock;

  private Checkpoints(Path directory, Retention retention, FileChannel lock) {
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
   * @throws IOException if it cannot be made or written, or another process has it open
   */
  public static Checkpoints open(Path directory, Retention retention) throws IOException {
    Files.createDirectories(directory);
    FileChannel lock =
        FileChannel.open(
            directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (!locked(lock)) {
        throw new IOException(directory + ": another training writes its checkpoints here");
      }
      StagedDirectory.deleteLeftovers(directory, NAME);
      return new Checkpoints(directory, retention, lock);
    } catch (IOException e) {
      lock.close();
      throw e;
    }
  }

  /**
   * Finds the newest checkpoint that is intact; those that are not are told of by a warning.
   *
   * @param directory a folder of checkpoints, which may be absent
   * @return its folder; empty if there is none
   * @throws IOException if the folder cannot be listed
   */
  public static Optional<Path> latest(Path directory) throws IOException {
    for (Path checkpoint : numbered(directory).descendingMap().values()) {
      try {
        Checkpoint.verify(checkpoint);
        return Optional.of(checkpoint);
      } catch (IOException e) {
        LOG.warn("passed over a damaged checkpoint: {}", e.getMessage());
      }
    }
    return Optional.empty();
  }

  /**
   * Finds the newest checkpoint of this folder that is intact.
   *
   * @return its folder; empty if there is none
   * @throws IOException if the folder cannot be listed
   */
  public Optional<Path> latest() throws IOException {
    return latest(directory);
  }

  /**
   * Writes a checkpoint, then deletes those that need not stay. If writing fails, all that were
   * there are there still.
   *
   * @param state what to keep besides the values of variables
   * @param variables the variables
   * @return the checkpoint's folder
   * @throws IOException if it cannot be written, or an old one not deleted
   */
  public Path save(SavedState state, SessionVariables variables) throws IOException {
    ImmutableSortedMap<Integer, Path> before = numbered(directory);
    int number = before.isEmpty() ? 1 : before.lastKey() + 1;
    Path checkpoint =
        directory.resolve("checkpoint-%06d-step-%d".formatted(number, state.position().step()));
    Checkpoint.write(checkpoint, state, variables);
    deleteOld(before, number, state.metrics());
    return checkpoint;
  }

  /** Gives the folder free for another process. */
  @Override
  public void close() throws IOException {
    lock.close();
  }

  /* A damaged one counts as without metrics; it goes when it is no longer among the newest. */
  private void deleteOld(
      Map<Integer, Path> before, int number, ImmutableMap<String, Double> metrics)
      throws IOException {
    ImmutableMap.Builder<Integer, ImmutableMap<String, Double>> all = ImmutableMap.builder();
    for (Map.Entry<Integer, Path> old : before.entrySet()) {
      all.put(old.getKey(), metrics(old.getValue()));
    }
    Set<Integer> staying = retention.staying(all.put(number, metrics).buildOrThrow());
    for (Map.Entry<Integer, Path> old : before.entrySet()) {
      if (!staying.contains(old.getKey())) {
        MoreFiles.deleteRecursively(old.getValue(), RecursiveDeleteOption.ALLOW_INSECURE);
      }
    }
  }

  private static ImmutableMap<String, Double> metrics(Path checkpoint) {
    try {
      return ManifestFile.state(ManifestFile.read(checkpoint)).metrics();
    } catch (IOException e) {
      LOG.warn("a damaged checkpoint: {}", e.getMessage());
      return ImmutableMap.of();
    }
  }

  private static ImmutableSortedMap<Integer, Path> numbered(Path directory) throws IOException {
    ImmutableSortedMap.Builder<Integer, Path> numbered = ImmutableSortedMap.naturalOrder();
    if (Files.isDirectory(directory)) {
      try (Stream<Path> children = Files.list(directory)) {
        for (Path child : children.filter(Files::isDirectory).toList()) {
          Matcher name = NAME.matcher(child.getFileName().toString());
          if (name.matches()) {
            numbered.put(Integer.parseInt(name.group(1)), child);
          }
        }
      }
    }
    return numbered.buildOrThrow();
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) { // held in this process
      return false;
    }
  }
}
