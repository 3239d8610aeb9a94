package org.tfemergence.models.fit;

import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.emergence.graph.Weight;
import org.tfemergence.models.file.StagedDirectory;
import org.tfemergence.models.fit.proto.CheckpointManifest;
import org.tfemergence.models.fit.proto.SavedFile;
import org.tfemergence.models.fit.proto.SavedVariable;
import org.tfemergence.models.variable.VariableSaver;

/**
 * The state of a training on disk: a folder with a manifest and a tensor bundle. It appears
 * complete or not at all, and is checked in full before any variable is touched.
 */
final class Checkpoint {
  private static final int FORMAT = 1;
  private static final String MANIFEST = "manifest.pb";
  private static final String PREFIX = "variables";

  /** What a checkpoint tells besides the values of variables. */
  record Read(Position position, long seed) {}

  private Checkpoint() {}

  static void write(
      Path directory,
      Position position,
      long seed,
      Session session,
      VariableSaver saver,
      List<Weight> saved)
      throws IOException {
    try (StagedDirectory staged = StagedDirectory.create(directory)) {
      saver.save(session, staged.path().resolve(PREFIX));
      CheckpointManifest.Builder manifest =
          CheckpointManifest.newBuilder()
              .setFormat(FORMAT)
              .setStep(position.step())
              .setEpoch(position.epoch())
              .setBatch(position.batch())
              .setCount(position.sums().count())
              .setSeed(seed);
      position
          .sums()
          .sums()
          .forEach((name, sum) -> manifest.addSumsBuilder().setName(name).setValue(sum));
      for (Weight weight : saved) {
        SavedVariable.Builder variable = manifest.addVariablesBuilder().setName(weight.name());
        for (long dimension : weight.shape().asArray()) {
          variable.addShape(dimension);
        }
      }
      try (Stream<Path> files = Files.list(staged.path())) {
        for (Path file : files.sorted().toList()) {
          manifest
              .addFilesBuilder()
              .setName(file.getFileName().toString())
              .setSize(Files.size(file))
              .setSha256(sha256(file));
        }
      }
      manifest.setSha256(sha256(manifest));
      Files.write(staged.path().resolve(MANIFEST), manifest.build().toByteArray());
      staged.commit();
    }
  }

  static Read read(Path directory, Session session, VariableSaver saver, List<Weight> saved)
      throws IOException {
    CheckpointManifest manifest = manifest(directory);
    for (SavedFile file : manifest.getFilesList()) {
      requireIntact(directory.resolve(file.getName()), file);
    }
    requireSameVariables(directory, manifest, saved);
    saver.restore(session, directory.resolve(PREFIX));
    return new Read(position(manifest), manifest.getSeed());
  }

  private static CheckpointManifest manifest(Path directory) throws IOException {
    Path file = directory.resolve(MANIFEST);
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException(file.toString(), null, "not a checkpoint: no manifest");
    }
    CheckpointManifest manifest;
    try {
      manifest = CheckpointManifest.parseFrom(Files.readAllBytes(file));
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new IOException(file + ": not a checkpoint manifest: " + e.getMessage(), e);
    }
    if (manifest.getFormat() < 1 || manifest.getFormat() > FORMAT) {
      throw new IOException(
          file + ": found format " + manifest.getFormat() + ", expected at most " + FORMAT);
    }
    String found = sha256(manifest.toBuilder());
    if (!found.equals(manifest.getSha256())) {
      throw new IOException(
          file + ": found SHA-256 " + found + ", expected " + manifest.getSha256());
    }
    return manifest;
  }

  private static Position position(CheckpointManifest manifest) {
    ImmutableMap.Builder<String, Double> sums = ImmutableMap.builder();
    manifest.getSumsList().forEach(sum -> sums.put(sum.getName(), sum.getValue()));
    return new Position(
        manifest.getStep(),
        manifest.getEpoch(),
        manifest.getBatch(),
        new MetricSums(manifest.getCount(), sums.buildOrThrow()));
  }

  private static void requireIntact(Path file, SavedFile expected) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException(file.toString(), null, "named by the checkpoint's manifest");
    }
    if (Files.size(file) != expected.getSize()) {
      throw new IOException(
          file + ": found " + Files.size(file) + " bytes, expected " + expected.getSize());
    }
    String found = sha256(file);
    if (!found.equals(expected.getSha256())) {
      throw new IOException(
          file + ": found SHA-256 " + found + ", expected " + expected.getSha256());
    }
  }

  private static void requireSameVariables(
      Path directory, CheckpointManifest manifest, List<Weight> expected) throws IOException {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    for (SavedVariable variable : manifest.getVariablesList()) {
      shapes.put(
          variable.getName(),
          Shape.of(variable.getShapeList().stream().mapToLong(Long::longValue).toArray()));
    }
    for (Weight weight : expected) {
      Shape found = shapes.remove(weight.name());
      if (!weight.shape().equals(found)) {
        throw new IOException(
            directory
                + ": variable '"
                + weight.name()
                + "' is "
                + (found == null ? "missing" : "of shape " + found)
                + ", expected shape "
                + weight.shape());
      }
    }
    if (!shapes.isEmpty()) {
      throw new IOException(
          directory + ": holds variables that this training does not have: " + shapes.keySet());
    }
  }

  private static String sha256(CheckpointManifest.Builder manifest) {
    byte[] bytes = manifest.clone().clearSha256().build().toByteArray();
    return Hashing.sha256().hashBytes(bytes).toString();
  }

  private static String sha256(Path file) throws IOException {
    return MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString();
  }
}
