package org.tfemergence.models.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.primitives.Bytes;
import com.google.common.primitives.Floats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.init.initializer.Kaiming;
import org.tfemergence.models.npz.Npz;
import org.tfemergence.models.npz.NpzWriter;
import org.tfemergence.models.testing.OpenModel;
import org.tfemergence.models.variable.SessionVariables;
import org.tfemergence.models.variable.Variable;
import org.tfemergence.models.vision.Mlp;

final class WeightTransferTest {
  private static final Mlp MODEL = Mlp.of(3, 2, 4);
  private static final List<String> NAMES =
      List.of("dense_1/kernel", "dense_1/bias", "logits/kernel", "logits/bias");

  @TempDir private Path folder;

  @Test
  void writeNpz_andBack_areTheSameWeights() throws IOException {
    Path file = folder.resolve("weights.npz");
    try (OpenModel one = new OpenModel(MODEL, Kaiming.normal(1));
        OpenModel other = new OpenModel(MODEL, Kaiming.normal(2))) {
      WeightSource.writeNpz(one.variables(), file);
      assertThat(values(other.variables())).isNotEqualTo(values(one.variables()));

      WeightTransfer done =
          WeightTransfer.all(WeightSource.npz(file), other.variables(), WeightMap.sameNames(NAMES));

      assertThat(done.taken()).containsOnlyKeys(NAMES);
      assertThat(values(other.variables())).isEqualTo(values(one.variables()));
      assertThat(Npz.read(file).shapes())
          .containsEntry("dense_1/kernel", Shape.of(3, 4))
          .containsEntry("logits/bias", Shape.of(2))
          .hasSize(4);
    }
  }

  @Test
  void writeNpz_twice_givesTheSameBytesAndRefusesWhatExists() throws IOException {
    try (OpenModel open = new OpenModel(MODEL, Kaiming.normal(1))) {
      WeightSource.writeNpz(open.variables(), folder.resolve("a.npz"));
      WeightSource.writeNpz(open.variables(), folder.resolve("b.npz"));
      assertThat(folder.resolve("a.npz")).hasSameBinaryContentAs(folder.resolve("b.npz"));
      assertThatIOException()
          .isThrownBy(() -> WeightSource.writeNpz(open.variables(), folder.resolve("a.npz")))
          .isInstanceOf(FileAlreadyExistsException.class);
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSize(2);
    }
  }

  @Test
  void all_torchWeights_areTransposed() throws IOException {
    Path file = torch(4);
    try (OpenModel open = new OpenModel(MODEL, Kaiming.normal(1))) {
      WeightTransfer.all(WeightSource.npz(file), open.variables(), torchMap().build());

      assertThat(open.variables().value("dense_1/kernel"))
          .containsExactly(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11);
      assertThat(open.variables().value("dense_1/bias")).containsExactly(0, 1, 2, 3);
      assertThat(open.variables().value("logits/kernel")).containsExactly(0, 4, 1, 5, 2, 6, 3, 7);
    }
  }

  @Test
  void all_somethingDoesNotFit_namesAllAndTouchesNothing() throws IOException {
    Path file = folder.resolve("wrong.npz");
    try (NpzWriter out = NpzWriter.create(file)) {
      out.add("fc1.weight", Shape.of(3, 4), new float[12]); // not transposed
      out.add("fc1.bias", Shape.of(4), new float[4]);
      out.add("fc2.bias", Shape.of(2), new float[2]);
      out.add("steps", Shape.scalar(), new float[1]);
      out.commit();
    }
    try (OpenModel open = new OpenModel(MODEL, Kaiming.normal(1))) {
      Map<String, List<Float>> before = values(open.variables());
      assertThatIOException()
          .isThrownBy(
              () ->
                  WeightTransfer.all(WeightSource.npz(file), open.variables(), torchMap().build()))
          .withMessageContainingAll(
              file.toString(),
              "missing: 'logits/kernel' from 'fc2.weight', which is not there",
              "of another shape: 'dense_1/kernel' [3, 4] from 'fc1.weight': found [3, 4],"
                  + " expected [4, 3] (PyTorch's Linear)",
              "not taken: 'steps'");
      assertThat(values(open.variables())).isEqualTo(before);
    }
  }

  @Test
  void all_leftOnPurpose_isNotSuperfluous() throws IOException {
    Path file = torch(5);
    try (OpenModel open = new OpenModel(MODEL, Kaiming.normal(1))) {
      assertThatIOException()
          .isThrownBy(
              () ->
                  WeightTransfer.all(WeightSource.npz(file), open.variables(), torchMap().build()))
          .withMessageContaining("not taken: 'extra'");
      WeightTransfer.all(
          WeightSource.npz(file), open.variables(), torchMap().leave("extra").build());
    }
  }

  /** A mask of truth values beside the weights, as PyTorch keeps it among them. */
  @Test
  void all_besideAnArrayOfNoNumbers_takesTheOthers() throws IOException {
    Path file = torch(4);
    String header = "{'descr': '|b1', 'fortran_order': False, 'shape': (2, 2), }\n";
    try (FileSystem zip = FileSystems.newFileSystem(file)) {
      byte[] magic = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) header.length(), 0};
      byte[] text = header.getBytes(StandardCharsets.US_ASCII);
      Files.write(zip.getPath("causal_mask.npy"), Bytes.concat(magic, text, new byte[4]));
    }
    try (OpenModel open = new OpenModel(MODEL, Kaiming.normal(1))) {
      assertThatIOException()
          .isThrownBy(
              () ->
                  WeightTransfer.all(WeightSource.npz(file), open.variables(), torchMap().build()))
          .withMessageContaining("not taken: 'causal_mask'");
      WeightTransfer.all(
          WeightSource.npz(file), open.variables(), torchMap().leave("causal_mask").build());

      assertThat(open.variables().value("dense_1/bias")).containsExactly(0, 1, 2, 3);
    }
  }

  /** The last array of the file is damaged; the others must not be taken either. */
  @Test
  void all_valuesDamaged_touchNothing() throws IOException {
    Path file = torch(4);
    byte[] bytes = Files.readAllBytes(file);
    byte[] two = {0, 0, (byte) 0xE0, 0x40}; // 7 as float32, the last value of fc2.weight
    int at = bytes.length - 1;
    while (!(bytes[at] == two[3] && bytes[at - 1] == two[2] && bytes[at - 2] == 0)) {
      at--;
    }
    bytes[at - 1] ^= 1;
    Files.write(file, bytes);
    try (OpenModel open = new OpenModel(MODEL, Kaiming.normal(1))) {
      Map<String, List<Float>> before = values(open.variables());
      assertThatIOException()
          .isThrownBy(
              () ->
                  WeightTransfer.all(WeightSource.npz(file), open.variables(), torchMap().build()))
          .withMessageContainingAll(file.toString(), "CRC-32");
      assertThat(values(open.variables())).isEqualTo(before);
    }
  }

  @Test
  void whatFits_otherClasses_takesAllButLogitsAndTells() throws IOException {
    try (OpenModel from = new OpenModel(MODEL, Kaiming.normal(1));
        OpenModel to = new OpenModel(Mlp.of(3, 7, 4), Kaiming.normal(2))) {
      float[] logits = to.variables().value("logits/kernel");

      WeightTransfer done =
          WeightTransfer.whatFits(
              WeightSource.session(from.variables()), to.variables(), WeightMap.sameNames(NAMES));

      assertThat(done.taken()).containsOnlyKeys("dense_1/kernel", "dense_1/bias");
      assertThat(done.misfits()).hasSize(2);
      assertThat(done.missing()).isEmpty();
      assertThat(done.superfluous()).isEmpty();
      assertThat(done.toString()).contains("logits/kernel", "[4, 2]", "[4, 7]");
      assertThat(to.variables().value("dense_1/kernel"))
          .isEqualTo(from.variables().value("dense_1/kernel"));
      assertThat(to.variables().value("logits/kernel")).isEqualTo(logits);
    }
  }

  @Test
  void plan_variableNotOfTheModel_isRefused() throws IOException {
    Path file = torch(4);
    try (OpenModel open = new OpenModel(MODEL, Kaiming.normal(1))) {
      WeightSource source = WeightSource.npz(file);
      WeightMap map = WeightMap.builder().torchLinear("dense_9", "fc1").build();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> WeightTransfer.plan(source, open.variables(), map))
          .withMessageContainingAll("dense_9/kernel", "dense_9/bias");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> torchMap().put("logits/bias", "x", Layout.AS_IS))
        .withMessageContaining("mapped twice");
  }

  @Test
  void add_otherNumberOfValues_isRefused() throws IOException {
    try (NpzWriter out = NpzWriter.create(folder.resolve("x.npz"))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> out.add("x", Shape.of(2, 2), new float[3]))
          .withMessage("array 'x' of shape [2, 2] got 3 values");
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void add_nameTwice_isRefusedWithFileAndArray() throws IOException {
    Path file = folder.resolve("x.npz");
    try (NpzWriter out = NpzWriter.create(file)) {
      out.add("x", Shape.of(1), new float[1]);
      assertThatIOException()
          .isThrownBy(() -> out.add("x", Shape.of(1), new float[1]))
          .withMessageContainingAll(file.toString(), "array 'x'");
    }
  }

  private static WeightMap.Builder torchMap() {
    return WeightMap.builder().torchLinear("dense_1", "fc1").torchLinear("logits", "fc2");
  }

  /** Writes weights as PyTorch's Linear has them, counting from 0 in each. */
  private Path torch(int arrays) throws IOException {
    Path file = folder.resolve("torch.npz");
    try (NpzWriter out = NpzWriter.create(file)) {
      out.add("fc1.weight", Shape.of(4, 3), counting(12));
      out.add("fc1.bias", Shape.of(4), counting(4));
      out.add("fc2.bias", Shape.of(2), counting(2));
      out.add("fc2.weight", Shape.of(2, 4), counting(8));
      if (arrays > 4) {
        out.add("extra", Shape.scalar(), counting(1));
      }
      out.commit();
    }
    return file;
  }

  private static float[] counting(int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = i;
    }
    return values;
  }

  private static Map<String, List<Float>> values(SessionVariables variables) {
    Map<String, List<Float>> values = new LinkedHashMap<>();
    for (Variable variable : variables.model()) {
      values.put(variable.name(), Floats.asList(variables.value(variable.name())));
    }
    return values;
  }
}
