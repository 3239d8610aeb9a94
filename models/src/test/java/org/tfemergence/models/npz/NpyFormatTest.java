package org.tfemergence.models.npz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tensorflow.ndarray.Shape;

/** The format as numpy.lib.format has it: what is written byte by byte, and each type's values. */
final class NpyFormatTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                              | ()
          7                               | (7,)
          3,4                             | (3, 4)
          5,0,2                           | (5, 0, 2)
          1000000000,1                    | (1000000000, 1)
          1,2,3,4,5,6,7,8,9,10            | (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
          """)
  void floats_anyShape_isNumpysHeader(String dimensions, String tuple) throws IOException {
    Shape shape =
        dimensions.isEmpty()
            ? Shape.scalar()
            : Shape.of(Arrays.stream(dimensions.split(",")).mapToLong(Long::parseLong).toArray());

    byte[] header = NpyHeader.floats(shape);

    ByteBuffer bytes = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.get(0)).isEqualTo((byte) 0x93);
    assertThat(new String(header, 1, 5, StandardCharsets.US_ASCII)).isEqualTo("NUMPY");
    assertThat(bytes.getShort(6)).isEqualTo((short) 1); // version 1.0
    assertThat((int) bytes.getShort(8)).isEqualTo(header.length - 10);
    String text = "{'descr': '<f4', 'fortran_order': False, 'shape': " + tuple + ", }";
    // Blanks and one end of line, up to the next multiple of 64.
    int length = (10 + text.length() + 1 + 63) / 64 * 64;
    assertThat(header).hasSize(length);
    assertThat(new String(header, 10, length - 10, StandardCharsets.US_ASCII))
        .isEqualTo(text + " ".repeat(length - 10 - text.length() - 1) + "\n");
    assertThat(NpyHeader.read(new DataInputStream(new ByteArrayInputStream(header))).shape())
        .isEqualTo(shape);
  }

  /** All patterns of two bytes, put together by hand. */
  @Test
  void next_wholeNumbers_areTheirBytesWorth() {
    for (int high = 0; high < 256; high++) {
      for (int low = 0; low < 256; low++) {
        byte[] bytes = {(byte) high, (byte) low, 0, 0};
        int value = 256 * high + low;
        assertThat(next(NpyType.U1, bytes)).isEqualTo(high);
        assertThat(next(NpyType.I1, bytes)).isEqualTo(high < 128 ? high : high - 256);
        assertThat(next(NpyType.U2, bytes)).isEqualTo(value);
        assertThat(next(NpyType.I2, bytes)).isEqualTo(value < 32_768 ? value : value - 65_536);
        assertThat(next(NpyType.U4, bytes)).isEqualTo(65_536f * value);
      }
    }
  }

  /** All halves: sign, power of two, and 1,024 parts of it. */
  @Test
  void next_halves_areIeee754s() {
    for (int bits = 0; bits < 65_536; bits++) {
      float value = next(NpyType.F2, new byte[] {(byte) (bits >> 8), (byte) bits});
      int exponent = bits / 1_024 % 32;
      double parts = bits % 1_024;
      double magnitude =
          exponent == 31
              ? (parts == 0 ? Double.POSITIVE_INFINITY : Double.NaN)
              : exponent == 0
                  ? Math.pow(2, -14) * parts / 1_024
                  : Math.pow(2, exponent - 15) * (1 + parts / 1_024);
      float expected = (float) (bits < 32_768 ? magnitude : -magnitude);
      // By their bits, as zeros of both signs are equal otherwise.
      assertThat(Float.floatToIntBits(value)).isEqualTo(Float.floatToIntBits(expected));
    }
  }

  private static float next(NpyType type, byte... bytes) {
    return type.next(ByteBuffer.wrap(bytes));
  }

  /** More than the buffers of the writer and of the reader hold, and no value like another. */
  @Test
  void write_arraysOfAnySize_areReadBack(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("arrays.npz");
    int[] sizes = {0, 1, 16_383, 16_384, 16_385, 100_000};
    try (NpzWriter writer = NpzWriter.create(file)) {
      for (int size : sizes) {
        writer.add("array" + size, Shape.of(size), values(size));
      }
      writer.add("number", Shape.scalar(), new float[] {-0.5f});
      writer.commit();
    }

    Npz npz = Npz.read(file);
    assertThat(npz.shapes()).hasSize(sizes.length + 1).containsEntry("number", Shape.scalar());
    assertThat(npz.floats("number")).containsExactly(-0.5f);
    for (int size : sizes) {
      assertThat(npz.shapes()).containsEntry("array" + size, Shape.of(size));
      assertThat(npz.floats("array" + size)).isEqualTo(values(size));
    }
  }

  @Test
  void add_otherNumberOfValuesOrTheNameAgain_isRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("arrays.npz");
    try (NpzWriter writer = NpzWriter.create(file)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> writer.add("x", Shape.of(2, 3), new float[5]))
          .withMessage("array 'x' of shape [2, 3] got 5 values");
      writer.add("x", Shape.of(2), new float[2]);
      assertThatIOException()
          .isThrownBy(() -> writer.add("x", Shape.of(2), new float[2]))
          .withMessageContainingAll(file.toString(), "array 'x'", "duplicate entry");
    }
    assertThat(folder).isEmptyDirectory();
  }

  private static float[] values(int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = i + size / 1e6f;
    }
    return values;
  }
}
