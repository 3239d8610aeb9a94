package org.tfemergence.models.export;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Longs;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.tfemergence.emergence.report.HistoryProto;
import org.tfemergence.emergence.report.Seal;
import org.tfemergence.init.plan.InitPlan;
import org.tfemergence.init.plan.Kernel;
import org.tfemergence.models.data.PixelScaling;
import org.tfemergence.models.export.proto.SavedPlanRow;
import org.tfemergence.models.export.proto.SavedRecord;
import org.tfemergence.models.export.proto.SavedSetting;

/**
 * The file by which a SavedModel tells of its model, {@code assets.extra/tf-emergence.pb}. Programs
 * that serve the model pass over it.
 */
public final class ModelRecordFile {
  private static final int FORMAT = 1;
  private static final String FOLDER = "assets.extra";
  private static final String NAME = "tf-emergence.pb";

  private ModelRecordFile() {}

  /**
   * Reads what a SavedModel tells of its model.
   *
   * @param savedModel the SavedModel's folder
   * @return the record, as it was written
   * @throws IOException if there is none, or it is damaged or newer than this program
   */
  public static ModelRecord read(Path savedModel) throws IOException {
    Path file = savedModel.resolve(FOLDER).resolve(NAME);
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException(file.toString(), null, "the SavedModel tells nothing of it");
    }
    try {
      SavedRecord saved = SavedRecord.parseFrom(Files.readAllBytes(file));
      if (saved.getFormat() < 1 || saved.getFormat() > FORMAT) {
        throw new IOException(
            file + ": found format " + saved.getFormat() + ", expected at most " + FORMAT);
      }
      Seal.require(saved);
      return record(saved);
    } catch (InvalidProtocolBufferException e) {
      throw new IOException(file + ": not a record of a model: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /** Writes a record into a SavedModel's folder. */
  static void write(ModelRecord record, Path savedModel) throws IOException {
    SavedRecord.Builder saved =
        SavedRecord.newBuilder()
            .setFormat(FORMAT)
            .setModel(record.model())
            .setProfile(record.profile());
    record.histories().forEach(history -> saved.addHistory(HistoryProto.bytes(history)));
    record
        .settings()
        .forEach((name, value) -> saved.addSettingsBuilder().setName(name).setValue(value));
    for (InitPlan.Row row : record.plan()) {
      saved
          .addPlanBuilder()
          .setKernel(row.kernel().name())
          .setRank(row.kernel().rank())
          .addAllShape(row.kernel().shape())
          .setGain(row.kernel().gain())
          .setExponent(row.exponent())
          .setFactor(row.factor())
          .setStandardDeviation(row.standardDeviation());
    }
    for (ModelRecord.Sparsity row : record.sparsity()) {
      saved.addSparsityBuilder().setWeight(row.weight()).setKept(row.kept()).setTotal(row.size());
    }
    record
        .pixels()
        .ifPresent(
            scaling ->
                saved
                    .getPixelsBuilder()
                    .addAllMean(scaling.mean())
                    .addAllDeviation(scaling.deviation()));
    saved.setSha256(Seal.of(saved.build()));
    Path file = savedModel.resolve(FOLDER).resolve(NAME);
    try {
      Files.createDirectories(file.getParent());
      Files.write(file, saved.build().toByteArray());
    } catch (IOException e) {
      throw new IOException(file + ": " + e.getMessage(), e); // the system's message has no path
    }
  }

  private static ModelRecord record(SavedRecord saved) {
    return new ModelRecord(
        saved.getModel(),
        saved.getSettingsList().stream()
            .collect(ImmutableMap.toImmutableMap(SavedSetting::getName, SavedSetting::getValue)),
        saved.getProfile(),
        saved.getPlanList().stream()
            .map(ModelRecordFile::row)
            .collect(ImmutableList.toImmutableList()),
        saved.getHistoryList().stream()
            .map(HistoryProto::of)
            .collect(ImmutableList.toImmutableList()),
        saved.getSparsityList().stream()
            .map(row -> new ModelRecord.Sparsity(row.getWeight(), row.getTotal(), row.getKept()))
            .collect(ImmutableList.toImmutableList()),
        saved.hasPixels()
            ? Optional.of(
                new PixelScaling(
                    ImmutableList.copyOf(saved.getPixels().getMeanList()),
                    ImmutableList.copyOf(saved.getPixels().getDeviationList())))
            : Optional.empty());
  }

  private static InitPlan.Row row(SavedPlanRow row) {
    Kernel kernel =
        Kernel.of(row.getKernel(), row.getRank(), Longs.toArray(row.getShapeList()))
            .withGain(row.getGain());
    return new InitPlan.Row(kernel, row.getExponent(), row.getFactor(), row.getStandardDeviation());
  }
}
