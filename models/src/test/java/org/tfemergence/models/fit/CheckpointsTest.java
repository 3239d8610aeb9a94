package org.tfemergence.models.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tfemergence.emergence.report.Seal;
import org.tfemergence.emergence.train.MetricGoal;
import org.tfemergence.models.fit.proto.CheckpointManifest;
import org.tfemergence.models.objective.MetricSums;
import org.tfemergence.models.testing.SmallDisk;
import org.tfemergence.models.testing.Warnings;
import org.tfemergence.models.variable.SessionVariables;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.variable.VariableSaver;
import org.tfemergence.models.variable.Variables;

final class CheckpointsTest {
  private static final MetricGoal LOSS = MetricGoal.lower("val_loss");
  private static final String UUID = "01234567-89ab-cdef-0123-456789abcdef";

  @TempDir private Path folder;
  private Graph graph;
  private Session session;
  private SessionVariables variables;

  @BeforeEach
  void open() {
    graph = new Graph();
    Ops tf = Ops.create(graph);
    Variables all = Variables.initialized(tf);
    Variable weights = all.add("w", Shape.of(100, 100), Variable.Role.KERNEL, 1);
    VariableSaver saver = VariableSaver.build(tf, List.of(weights.weight()));
    session = new Session(graph);
    session.initialize();
    variables = new SessionVariables(session, saver, all.model());
  }

  @AfterEach
  void close() {
    session.close();
    graph.close();
  }

  @Test
  void save_keepsTheLastAndTheBest() throws IOException {
    Retention rule = Retention.last(2).andBest(1, MetricGoal.lower("val_loss"));
    try (Checkpoints checkpoints = Checkpoints.open(folder, rule)) {
      double[] losses = {5, 1, 3, 4, 2};
      for (int i = 0; i < losses.length; i++) {
        checkpoints.save(state(10L * (i + 1), losses[i]), variables);
      }
    }
    assertThat(names(folder))
        .containsExactly(
            ".lock",
            "checkpoint-000002-step-20",
            "checkpoint-000004-step-40",
            "checkpoint-000005-step-50");
  }

  @Test
  void save_afterGoingBack_isTheLatest() throws IOException {
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(5))) {
      checkpoints.save(state(10, 1), variables);
      checkpoints.save(state(20, 1), variables);
    }
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(5))) {
      Path again = checkpoints.save(state(20, 1), variables);
      assertThat(again).hasFileName("checkpoint-000003-step-20");
      Path earlier = checkpoints.save(state(10, 1), variables);
      assertThat(checkpoints.latest()).contains(earlier);
    }
  }

  /** Persian has digits of its own. */
  @Test
  void save_inAnyLocale_isFoundAgain() throws IOException {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("fa-IR"));
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(1))) {
      Path saved = checkpoints.save(state(10, 1), variables);
      assertThat(saved).hasFileName("checkpoint-000001-step-10");
      assertThat(checkpoints.latest()).contains(saved);
    } finally {
      Locale.setDefault(before);
    }
  }

  @Test
  void state_isReadBackAsItWasWritten() throws IOException {
    SavedState state =
        new SavedState(
            new Position(7, 2, 3, new MetricSums(48, ImmutableMap.of("loss", 0.1, "top5", 44.0))),
            -5,
            ImmutableMap.of("dense", "Dense of x"),
            ImmutableMap.of("batchSize", "16", "optimizer", "Sgd"),
            ImmutableMap.of("val_loss", Double.NaN, "val_accuracy", 1 / 3.0),
            true,
            ImmutableMap.of("history", ByteString.copyFromUtf8("\0abc"), "none", ByteString.EMPTY));
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(1))) {
      Path saved = checkpoints.save(state, variables);
      assertThat(Checkpoint.verify(saved)).isEqualTo(state);
      assertThat(Checkpoint.verify(saved, variables)).isEqualTo(state);
    }
  }

  @Test
  void latest_passesOverTheDamaged() throws IOException {
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(5))) {
      Path whole = checkpoints.save(state(10, 1), variables);
      Path damaged = checkpoints.save(state(20, 1), variables);
      Path data = damaged.resolve("variables.data-00000-of-00001");
      byte[] bytes = Files.readAllBytes(data);
      bytes[17] ^= 4;
      Files.write(data, bytes);

      assertThat(Checkpoints.latest(folder)).contains(whole);
      assertThat(Checkpoints.latest(folder.resolve("absent"))).isEmpty();
    }
  }

  /** To go on from an older one because this program is older would lose what was trained since. */
  @Test
  void latest_newestIsOfNewerFormat_isRefused() throws IOException {
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(5))) {
      checkpoints.save(state(10, 1), variables);
      Path newer = checkpoints.save(state(20, 1), variables);
      Path manifest = newer.resolve("manifest.pb");
      Files.write(
          manifest,
          CheckpointManifest.parseFrom(Files.readAllBytes(manifest)).toBuilder()
              .setFormat(9)
              .build()
              .toByteArray());

      assertThatIOException()
          .isThrownBy(() -> Checkpoints.latest(folder))
          .withMessageContainingAll(newer.toString(), "found format 9");
      assertThatIOException().isThrownBy(() -> checkpoints.save(state(30, 1), variables));
      assertThat(names(folder)).hasSize(3);
    }
  }

  @Test
  void latest_twoOfOneNumber_areNamed() throws IOException {
    Path one = Files.createDirectory(folder.resolve("checkpoint-000007-step-1"));
    Path other = Files.createDirectory(folder.resolve("checkpoint-000007-step-2"));
    assertThatIOException()
        .isThrownBy(() -> Checkpoints.latest(folder))
        .withMessageContainingAll("same number", one.toString(), other.toString());
  }

  @Test
  void best_isTheBestThatIsIntact() throws IOException {
    Retention rule = Retention.last(9).andBest(2, LOSS);
    try (Checkpoints checkpoints = Checkpoints.open(folder, rule)) {
      assertThat(checkpoints.best()).isEmpty();
      checkpoints.save(state(10, 3), variables);
      Path second = checkpoints.save(state(20, 2), variables);
      Path best = checkpoints.save(state(30, 1), variables);
      assertThat(checkpoints.best()).contains(best);

      Files.delete(best.resolve("variables.index"));
      assertThat(checkpoints.best()).contains(second);
    }
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(9))) {
      assertThatIllegalStateException().isThrownBy(checkpoints::best);
    }
  }

  @Test
  void save_bestOneIsDamaged_keepsTheBestThatIsIntact() throws IOException {
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(1).andBest(1, LOSS))) {
      Path damaged = checkpoints.save(state(10, 1), variables);
      Files.delete(damaged.resolve("variables.index"));
      Path intact = checkpoints.save(state(20, 2), variables);
      checkpoints.save(state(30, 3), variables);
      assertThat(checkpoints.best()).contains(intact);
    }
  }

  /** The last figures are of the weights before the batches since. */
  @Test
  void save_betweenEvaluations_isNotAmongTheBest() throws IOException {
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(1).andBest(1, LOSS))) {
      Path evaluated = checkpoints.save(state(10, 3), variables);
      checkpoints.save(between(15), variables);
      assertThat(checkpoints.best()).contains(evaluated);
      checkpoints.save(state(20, 5), variables);
      assertThat(checkpoints.best()).contains(evaluated);
    }
  }

  @Test
  void save_metricOfTheRuleMissing_isRefused() throws IOException {
    Retention rule = Retention.last(1).andBest(1, MetricGoal.lower("val_lost"));
    try (Checkpoints checkpoints = Checkpoints.open(folder, rule)) {
      SavedState untold = state(1, 1);
      checkpoints.save(
          new SavedState(
              untold.position(),
              1,
              untold.model(),
              untold.options(),
              ImmutableMap.of(),
              false,
              untold.callbacks()),
          variables);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> checkpoints.save(state(10, 3), variables))
          .withMessageContainingAll("'val_lost'", "[val_loss]");
    }
  }

  @Test
  void open_linkToFolder_isThatFolder() throws IOException {
    Path real = Files.createDirectory(folder.resolve("real"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), real);
    try (Checkpoints checkpoints = Checkpoints.open(link, Retention.last(1))) {
      checkpoints.save(state(1, 1), variables);
      assertThatIOException().isThrownBy(() -> Checkpoints.open(real, Retention.last(1)));
    }
    assertThat(names(real)).containsExactly(".lock", "checkpoint-000001-step-1");
  }

  /** The system goes up from where the link leads. */
  @Test
  void open_upFromALink_isOneFolder() throws IOException {
    Path run = Files.createDirectories(folder.resolve("data/run"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), run);
    Path path = link.resolve("../checkpoints");
    try (Checkpoints checkpoints = Checkpoints.open(path, Retention.last(1))) {
      Path saved = checkpoints.save(state(1, 1), variables);
      Checkpoint.restore(saved, variables);
      assertThat(checkpoints.latest()).contains(saved);
    }
    assertThat(names(folder.resolve("data/checkpoints")))
        .containsExactly(".lock", "checkpoint-000001-step-1");
    assertThat(names(folder)).containsExactly("data", "link");
  }

  /** A program that opens a folder of checkpoints, and ends with 3 if it is taken. */
  static final class Other {
    public static void main(String[] args) {
      try {
        Checkpoints.open(Path.of(args[0]), Retention.last(1)).close();
      } catch (IOException e) {
        System.exit(3);
      }
    }
  }

  /** POSIX drops a process's lock on a file when it closes any channel to it. */
  @Test
  void open_twiceHere_keepsOthersOut() throws Exception {
    Checkpoints first = Checkpoints.open(folder, Retention.last(1));
    assertThatIOException().isThrownBy(() -> Checkpoints.open(folder, Retention.last(1)));
    assertThat(start(Other.class, folder).waitFor()).isEqualTo(3);
    first.close();
    assertThat(start(Other.class, folder).waitFor()).isZero();
  }

  @Test
  void open_clearsAwayOnlyUnfinishedCheckpoints() throws IOException {
    Path leftover = folder.resolve(".checkpoint-000001-step-10." + UUID);
    Files.writeString(Files.createDirectory(leftover).resolve("variables.index"), "half");
    Path file = Files.writeString(folder.resolve(".checkpoint-000002-step-10." + UUID), "a file");
    for (String mine :
        List.of(
            ".model." + UUID,
            ".checkpoint-000001-step-10",
            "checkpoint-000001-step-10." + UUID,
            ".checkpoint-000001-step-10.notauuid",
            ".checkpoint-1-step-x." + UUID)) {
      Files.createDirectory(folder.resolve(mine));
    }

    Checkpoints.open(folder, Retention.last(1)).close();

    assertThat(leftover).doesNotExist();
    assertThat(file).exists();
    assertThat(names(folder)).hasSize(7); // five folders, a file and the lock
  }

  @Test
  void open_twice_isRefused() throws IOException {
    try (Checkpoints first = Checkpoints.open(folder, Retention.last(1))) {
      assertThatIOException()
          .isThrownBy(() -> Checkpoints.open(folder, Retention.last(1)))
          .withMessageContainingAll(folder.toString(), "another training");
      first.save(state(1, 1), variables);
    }
    Checkpoints.open(folder, Retention.last(1)).close();
  }

  @Test
  void close_twice_leavesTheFolderToItsNextOwner() throws IOException {
    Checkpoints first = Checkpoints.open(folder, Retention.last(1));
    first.close();
    try (Checkpoints second = Checkpoints.open(folder, Retention.last(1))) {
      first.close();
      assertThatIOException().isThrownBy(() -> Checkpoints.open(folder, Retention.last(1)));
      assertThatIllegalStateException()
          .isThrownBy(() -> first.save(state(1, 1), variables))
          .withMessageContainingAll(folder.toString(), "closed");
      second.save(state(1, 1), variables);
    }
    assertThat(names(folder)).containsExactly(".lock", "checkpoint-000001-step-1");
  }

  /** A kill while an old checkpoint is being deleted leaves part of it. */
  @Test
  void save_besideOneHalfDeleted_deletesTheRest() throws IOException {
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(1).andBest(1, LOSS))) {
      Path half = checkpoints.save(state(10, 1), variables);
      Files.delete(half.resolve("manifest.pb"));
      Path next = checkpoints.save(state(20, 2), variables);
      assertThat(half).doesNotExist();
      assertThat(checkpoints.best()).contains(next);
    }
    assertThat(names(folder)).containsExactly(".lock", "checkpoint-000002-step-20");
  }

  /** Saved every 15 steps and evaluated every 10, all of these are of other weights. */
  @Test
  void save_neverAfterAnEvaluation_warnsOnceThatNoneIsTheBest() throws IOException {
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(2).andBest(1, LOSS));
        Warnings warnings = new Warnings(Checkpoints.class)) {
      for (int step : new int[] {15, 35}) {
        checkpoints.save(between(step), variables);
      }
      assertThat(warnings.messages()).isEmpty(); // none is lost yet
      for (int step : new int[] {45, 75}) {
        checkpoints.save(between(step), variables);
      }
      assertThat(warnings.messages())
          .singleElement(InstanceOfAssertFactories.STRING)
          .startsWith("WARN " + folder)
          .contains("none was saved right after an evaluation");
    }
  }

  /** A disk that is mounted in it cannot be deleted. */
  @Test
  void save_oldOneCannotBeDeleted_goesOnAndTriesAgain() throws Exception {
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(1));
        Warnings warnings = new Warnings(Checkpoints.class)) {
      Path first = checkpoints.save(state(10, 1), variables);
      Path disk = Files.createDirectory(first.resolve("disk"));
      assumeTrue(SmallDisk.mount(disk, "4k"), "no right to mount a small disk");
      try {
        Path second = checkpoints.save(state(20, 1), variables);
        assertThat(checkpoints.latest()).contains(second);
        assertThat(first).as("nobody sees it half deleted").doesNotExist();
      } finally {
        try (Stream<Path> children = Files.list(folder)) {
          Path left =
              children
                  .filter(each -> each.getFileName().toString().startsWith(".checkpoint"))
                  .findFirst()
                  .orElse(first);
          SmallDisk.unmount(left.resolve("disk"));
        }
      }
      assertThat(warnings.messages())
          .singleElement(InstanceOfAssertFactories.STRING)
          .startsWith("WARN " + first);
      checkpoints.save(state(30, 1), variables);
    }
    assertThat(names(folder)).containsExactly(".lock", "checkpoint-000003-step-30");
  }

  /** A program that opens a folder of checkpoints, says so, and holds it until it is killed. */
  static final class Holder {
    public static void main(String[] args) throws IOException {
      try (Checkpoints held = Checkpoints.open(Path.of(args[0]), Retention.last(1))) {
        System.out.println(held.latest().isPresent() ? "holds some" : "holds none");
        System.out.flush();
        System.in.read();
      }
    }
  }

  @Test
  void save_folderWasDeleted_makesItAnewWithItsLock() throws Exception {
    Path run = folder.resolve("run");
    try (Checkpoints checkpoints = Checkpoints.open(run, Retention.last(5))) {
      checkpoints.save(state(10, 1), variables);
      MoreFiles.deleteRecursively(run, RecursiveDeleteOption.ALLOW_INSECURE);
      checkpoints.save(state(20, 1), variables);
      assertThat(names(run)).containsExactly(".lock", "checkpoint-000001-step-20");
      assertThat(start(Other.class, run).waitFor()).as("it is locked").isEqualTo(3);

      Files.delete(run.resolve(".lock"));
      checkpoints.save(state(30, 1), variables);
      assertThat(start(Other.class, run).waitFor()).isEqualTo(3);
    }
    assertThat(start(Other.class, run).waitFor()).isZero();
  }

  @Test
  void save_folderWasDeletedAndIsAnothers_isRefused() throws Exception {
    Path run = folder.resolve("run");
    try (Checkpoints checkpoints = Checkpoints.open(run, Retention.last(5))) {
      checkpoints.save(state(10, 1), variables);
      MoreFiles.deleteRecursively(run, RecursiveDeleteOption.ALLOW_INSECURE);
      Process other = start(Holder.class, run);
      assertThat(other.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("holds none");

      for (int i = 0; i < 2; i++) {
        assertThatIOException()
            .isThrownBy(() -> checkpoints.save(state(20, 1), variables))
            .withMessage(run + ": another training writes its checkpoints here");
      }
      assertThat(names(run)).containsExactly(".lock");

      other.destroyForcibly().waitFor();
      checkpoints.save(state(30, 1), variables);
    }
    assertThat(names(run)).containsExactly(".lock", "checkpoint-000001-step-30");
  }

  @Test
  void write_conditionDoesNotHoldInTheEnd_leavesNothing() {
    assertThatIOException()
        .isThrownBy(
            () ->
                Checkpoint.write(
                    folder.resolve("new"),
                    state(1, 1),
                    variables,
                    () -> {
                      throw new IOException("no longer ours");
                    }))
        .withMessage("no longer ours");
    assertThat(folder).isEmptyDirectory();
  }

  /** One is whole at any moment, and what is deleted was not damaged. */
  @Test
  @Timeout(60)
  void latest_whileAnotherSavesAndDeletes_alwaysFindsOne() throws Exception {
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(1));
        Warnings warnings = new Warnings(Checkpoints.class)) {
      checkpoints.save(state(1, 1), variables);
      AtomicBoolean done = new AtomicBoolean();
      ExecutorService reader = Executors.newSingleThreadExecutor();
      try {
        Future<Integer> found =
            reader.submit(
                () -> {
                  int count = 0;
                  while (!done.get()) {
                    assertThat(Checkpoints.latest(folder)).isPresent();
                    count++;
                  }
                  return count;
                });
        for (int step = 2; step <= 150 && !found.isDone(); step++) {
          checkpoints.save(state(step, 1), variables);
        }
        done.set(true);
        assertThat(found.get()).isPositive();
      } finally {
        done.set(true);
        reader.shutdown();
      }
      assertThat(warnings.messages()).isEmpty();
    }
  }

  /** An interrupt closes the channel that a thread is in, whenever it comes. */
  @Test
  @Timeout(60)
  void save_interruptedAtAnyMoment_savesAndStaysInterrupted() throws IOException {
    Thread saving = Thread.currentThread();
    Thread interrupter =
        new Thread(
            () -> {
              while (!Thread.interrupted()) {
                LockSupport.parkNanos(3_000_000);
                saving.interrupt();
              }
            });
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(1))) {
      interrupter.start();
      for (int step = 1; step <= 50; step++) {
        Path saved = checkpoints.save(state(step, 1), variables);
        assertThat(Checkpoint.verify(saved, variables)).isEqualTo(state(step, 1));
      }
    } finally {
      interrupter.interrupt();
      while (interrupter.isAlive()) {
        Thread.onSpinWait();
      }
    }
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void numbers_beyondTheLast_areNamed() throws IOException {
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(1))) {
      Path pinned = Files.createDirectory(folder.resolve("checkpoint-999999999-step-7"));
      assertThatIOException()
          .isThrownBy(() -> checkpoints.save(state(1, 1), variables))
          .withMessage(pinned + ": no number is left for the next checkpoint; rename it");
      assertThat(names(folder)).containsExactly(".lock", "checkpoint-999999999-step-7");
    }
    assertThatIOException()
        .isThrownBy(() -> Checkpoints.open(folder, Retention.last(1)))
        .withMessageContaining("checkpoint-999999999-step-7: no number is left");
    for (String number : List.of("1000000000", "99999999999999999999")) {
      Path beyond = Files.createDirectory(folder.resolve("checkpoint-" + number + "-step-7"));
      assertThatIOException()
          .isThrownBy(() -> Checkpoints.latest(folder))
          .withMessage(beyond + ": found number " + number + ", expected at most 999999999");
      Files.delete(beyond);
    }
    assertThatIOException()
        .isThrownBy(
            () -> {
              Files.delete(folder.resolve("checkpoint-999999999-step-7"));
              Files.createDirectory(folder.resolve("checkpoint-1000000000-step-7"));
              Checkpoints.open(folder, Retention.last(1));
            });
    Files.delete(folder.resolve("checkpoint-1000000000-step-7"));
    Checkpoints.open(folder, Retention.last(1)).close(); // a refusal gave the lock back
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "/dev/zero", "a/b", "a\\b", "..", ".", "", ".x", "a\0b"})
  void manifest_namesWhatIsNotInTheFolder_isDamaged(String name) throws IOException {
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(1))) {
      Path saved = checkpoints.save(state(1, 1), variables);
      Files.writeString(folder.resolve("x"), "");
      addFile(saved, name);
      assertThatExceptionOfType(DamagedCheckpointException.class)
          .isThrownBy(() -> Checkpoint.verify(saved))
          .withMessageContaining(
              "found '" + name + "', expected the name of a file in this folder");
    }
  }

  @Test
  @Timeout(20)
  void manifest_namesADeviceOrIsOne_isDamaged() throws IOException {
    Path zero = Path.of("/dev/zero");
    assumeTrue(Files.exists(zero), "no such device");
    try (Checkpoints checkpoints = Checkpoints.open(folder, Retention.last(2))) {
      Path first = checkpoints.save(state(1, 1), variables);
      Files.createSymbolicLink(first.resolve("zero"), zero);
      addFile(first, "zero");
      Path second = checkpoints.save(state(2, 1), variables);
      Files.delete(second.resolve("manifest.pb"));
      Files.createSymbolicLink(second.resolve("manifest.pb"), zero);
      for (Path each : List.of(first, second)) {
        assertThatExceptionOfType(DamagedCheckpointException.class)
            .isThrownBy(() -> Checkpoint.verify(each))
            .withMessageContaining("found no regular file");
      }
      assertThat(checkpoints.latest()).isEmpty();
    }
  }

  private static void addFile(Path checkpoint, String name) throws IOException {
    Path file = checkpoint.resolve("manifest.pb");
    CheckpointManifest.Builder manifest =
        CheckpointManifest.parseFrom(Files.readAllBytes(file)).toBuilder();
    manifest
        .addFilesBuilder()
        .setName(name)
        .setSize(0)
        .setSha256(Hashing.sha256().hashBytes(new byte[0]).toString());
    manifest.setSha256(Seal.of(manifest.build()));
    Files.write(file, manifest.build().toByteArray());
  }

  private static Process start(Class<?> program, Path folder) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            program.getName(),
            folder.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  @Test
  void open_parentIsFile_isRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "mine");
    assertThatIOException()
        .isThrownBy(() -> Checkpoints.open(file.resolve("checkpoints"), Retention.last(1)))
        .withMessageContaining(file.toString());
  }

  /** 100 x 100 float32 take 40 kB; the disk has room for two checkpoints, not for three. */
  @Test
  void save_diskFull_keepsTheOldAndNamesTheFile() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(SmallDisk.mount(disk, "128k"), "no right to mount a small disk");
    try (Checkpoints checkpoints = Checkpoints.open(disk, Retention.last(9))) {
      Path first = checkpoints.save(state(1, 1), variables);
      Path second = checkpoints.save(state(2, 1), variables);

      assertThatIOException()
          .isThrownBy(() -> checkpoints.save(state(3, 1), variables))
          .withMessageContainingAll("checkpoint-000003-step-3", "variables")
          .withMessageContaining("No space left on device");

      assertThat(names(disk))
          .containsExactly(
              ".lock", first.getFileName().toString(), second.getFileName().toString());
      assertThat(checkpoints.latest()).isEqualTo(Optional.of(second));
      assertThat(Checkpoint.verify(first, variables)).isEqualTo(state(1, 1));
    } finally {
      SmallDisk.unmount(disk);
    }
  }

  private static SavedState state(long step, double loss) {
    return new SavedState(
        new Position(step, 0, 0, MetricSums.NONE),
        1,
        ImmutableMap.of(),
        ImmutableMap.of(),
        ImmutableMap.of("val_loss", loss),
        false,
        ImmutableMap.of());
  }

  /** Of weights that were not evaluated. */
  private static SavedState between(long step) {
    SavedState state = state(step, 1);
    return new SavedState(
        new Position(step, 0, 5, new MetricSums(20, ImmutableMap.of("loss", 1.0))),
        1,
        state.model(),
        state.options(),
        state.metrics(),
        false,
        state.callbacks());
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      return children.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }
}
