package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.emergence.report.Seal;
import org.tfemergence.models.fit.proto.CheckpointManifest;
import org.tfemergence.models.fit.proto.SavedFile;
import org.tfemergence.models.fit.proto.SavedOption;
import org.tfemergence.models.fit.proto.SavedSum;
import org.tfemergence.models.fit.proto.SavedVariable;
import org.tfemergence.models.objective.MetricSums;

/** The manifest of a checkpoint folder: how it is written, and what is checked of it. */
final class ManifestFile {
  private static final int FORMAT = 2;
  private static final String NAME = "manifest.pb";
  /* Such as TensorFlow gives them: nothing that leads out of the folder. */
  private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]*");

  private ManifestFile() {}

  /** Writes the manifest of a folder that is complete but for it. */
  static void write(Path directory, SavedState state, List<Weight> variables) throws IOException {
    Position position = state.position();
    CheckpointManifest.Builder manifest =
        CheckpointManifest.newBuilder()
            .setFormat(FORMAT)
            .setStep(position.step())
            .setEpoch(position.epoch())
            .setBatch(position.batch())
            .setCount(position.sums().count())
            .addAllSums(sums(position.sums().sums()))
            .setSeed(state.seed())
            .addAllModel(saved(state.model()))
            .addAllOptions(saved(state.options()))
            .setStopped(state.stopped())
            .addAllMetrics(sums(state.metrics()));
    state
        .callbacks()
        .forEach((name, known) -> manifest.addCallbacksBuilder().setName(name).setState(known));
    for (Weight weight : variables) {
      SavedVariable.Builder variable = manifest.addVariablesBuilder().setName(weight.name());
      for (long dimension : weight.shape().asArray()) {
        variable.addShape(dimension);
      }
    }
    for (Path file : ImmutableList.sortedCopyOf(MoreFiles.listFiles(directory))) {
      manifest
          .addFilesBuilder()
          .setName(file.getFileName().toString())
          .setSize(Files.size(file))
          .setSha256(sha256(file));
    }
    manifest.setSha256(Seal.of(manifest.build()));
    Path file = directory.resolve(NAME);
    try {
      Files.write(file, manifest.build().toByteArray());
    } catch (IOException e) {
      throw new IOException(file + ": " + e.getMessage(), e); // the system's message has no path
    }
  }

  /**
   * Reads a manifest that is whole.
   *
   * @throws DamagedCheckpointException if it is not as it was written
   * @throws IOException if it is of a newer format, or cannot be read now
   */
  private static CheckpointManifest read(Path directory) throws IOException {
    Path file = directory.resolve(NAME);
    CheckpointManifest manifest;
    try {
      requireRegular(file);
      manifest = CheckpointManifest.parseFrom(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new DamagedCheckpointException(file + ": not a checkpoint: no manifest", e);
    } catch (InvalidProtocolBufferException e) {
      throw new DamagedCheckpointException(
          file + ": not a checkpoint manifest: " + e.getMessage(), e);
    }
    if (manifest.getFormat() > FORMAT) {
      throw new IOException(
          file + ": found format " + manifest.getFormat() + ", expected at most " + FORMAT);
    }
    if (manifest.getFormat() < 1) {
      throw new DamagedCheckpointException(
          file + ": found format " + manifest.getFormat() + ", expected at least 1");
    }
    try {
      Seal.require(manifest);
    } catch (IllegalArgumentException e) {
      throw new DamagedCheckpointException(file + ": " + e.getMessage(), e);
    }
    return manifest;
  }

  /**
   * Reads the manifest of a folder that holds the files it tells of, bit for bit.
   *
   * @throws DamagedCheckpointException if something is not as it was written
   * @throws IOException if it is of a newer format, or cannot be read now
   */
  static CheckpointManifest readIntact(Path directory) throws IOException {
    return read(
        directory,
        (file, expected) -> {
          requireSize(file, expected);
          requireEqual(file, sha256(file), expected.getSha256());
        });
  }

  /** As {@link #readIntact}, but looks only for the files and their sizes. */
  static CheckpointManifest readComplete(Path directory) throws IOException {
    return read(directory, ManifestFile::requireSize);
  }

  /** What is checked of a file. */
  @FunctionalInterface
  private interface Check {
    void of(Path file, SavedFile expected) throws IOException;
  }

  private static CheckpointManifest read(Path directory, Check check) throws IOException {
    CheckpointManifest manifest = read(directory);
    for (SavedFile expected : manifest.getFilesList()) {
      if (!FILE_NAME.matcher(expected.getName()).matches()) {
        throw new DamagedCheckpointException(
            directory.resolve(NAME)
                + ": found '"
                + expected.getName()
                + "', expected the name of a file in this folder");
      }
      Path file = directory.resolve(expected.getName());
      try {
        requireRegular(file);
        check.of(file, expected);
      } catch (NoSuchFileException e) {
        throw new DamagedCheckpointException(
            file + ": is missing, named by the checkpoint's manifest", e);
      }
    }
    return manifest;
  }

  /* To read a device or a pipe may take for ever. */
  private static void requireRegular(Path file) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new DamagedCheckpointException(file + ": found no regular file, expected one");
    }
  }

  private static void requireSize(Path file, SavedFile expected) throws IOException {
    long found = Files.size(file);
    if (found != expected.getSize()) {
      throw new DamagedCheckpointException(
          file + ": found " + found + " bytes, expected " + expected.getSize());
    }
  }

  static SavedState state(CheckpointManifest manifest) {
    ImmutableMap.Builder<String, ByteString> callbacks = ImmutableMap.builder();
    manifest
        .getCallbacksList()
        .forEach(callback -> callbacks.put(callback.getName(), callback.getState()));
    return new SavedState(
        new Position(
            manifest.getStep(),
            manifest.getEpoch(),
            manifest.getBatch(),
            new MetricSums(manifest.getCount(), map(manifest.getSumsList()))),
        manifest.getSeed(),
        words(manifest.getModelList()),
        words(manifest.getOptionsList()),
        map(manifest.getMetricsList()),
        manifest.getStopped(),
        callbacks.buildOrThrow());
  }

  private static List<SavedOption> saved(ImmutableMap<String, String> words) {
    return words.entrySet().stream()
        .map(word -> SavedOption.newBuilder().setName(word.getKey()).setValue(word.getValue()))
        .map(SavedOption.Builder::build)
        .toList();
  }

  private static ImmutableMap<String, String> words(List<SavedOption> saved) {
    return saved.stream()
        .collect(ImmutableMap.toImmutableMap(SavedOption::getName, SavedOption::getValue));
  }

  private static List<SavedSum> sums(ImmutableMap<String, Double> values) {
    return values.entrySet().stream()
        .map(sum -> SavedSum.newBuilder().setName(sum.getKey()).setValue(sum.getValue()).build())
        .toList();
  }

  private static ImmutableMap<String, Double> map(List<SavedSum> sums) {
    return sums.stream()
        .collect(ImmutableMap.toImmutableMap(SavedSum::getName, SavedSum::getValue));
  }

  private static void requireEqual(Path file, String found, String expected) throws IOException {
    if (!found.equals(expected)) {
      throw new DamagedCheckpointException(
          file + ": found SHA-256 " + found + ", expected " + expected);
    }
  }

  private static String sha256(Path file) throws IOException {
    return MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString();
  }
}
