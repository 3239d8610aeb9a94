package org.tfemergence.models.npz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TimeZone;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.ndarray.Shape;
import org.tfemergence.models.testing.SmallDisk;

/**
 * The files among the resources were written by NumPy 2, with {@code a = arange(6).reshape(2, 3)}:
 *
 * <pre>{@code
 * savez('plain.npz', f4=a.astype('<f4') / 4, f8=a.astype('<f8') - 2.5, i4=a.astype('<i4') - 3,
 *     i8=a.astype('<i8') * 1000, u1=a.astype('u1') + 250, big=a.astype('>f4'),
 *     f2=array([1, -2, 0.5, 65504, 6e-8, inf], '<f2'), scalar=float32(7), empty=zeros((0, 3), 'f4'),
 *     fortran=asfortranarray(arange(24).reshape(2, 3, 4).astype('f4')), **{'a/b': a.astype('f4')})
 * savez_compressed('compressed.npz', f4=..., fortran=...)  # as above
 * savez('objects.npz', o=array(['x', 1], dtype=object))
 * savez('complex.npz', c=array([1j]))
 * }</pre>
 */
final class NpzTest {
  @TempDir private Path folder;

  @Test
  void read_numpysFile_givesNamesAndShapes() throws IOException {
    assertThat(Npz.read(fixture("plain.npz")).shapes())
        .containsEntry("f4", Shape.of(2, 3))
        .containsEntry("scalar", Shape.scalar())
        .containsEntry("f2", Shape.of(6))
        .containsEntry("empty", Shape.of(0, 3))
        .containsEntry("fortran", Shape.of(2, 3, 4))
        .containsEntry("a/b", Shape.of(2, 3))
        .hasSize(11);
  }

  @Test
  void floats_ofEachType_areNumpysValues() throws IOException {
    Npz npz = Npz.read(fixture("plain.npz"));

    assertThat(npz.floats("f4")).containsExactly(0, 0.25f, 0.5f, 0.75f, 1, 1.25f);
    assertThat(npz.floats("f8")).containsExactly(-2.5f, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f);
    assertThat(npz.floats("i4")).containsExactly(-3, -2, -1, 0, 1, 2);
    assertThat(npz.floats("i8")).containsExactly(0, 1000, 2000, 3000, 4000, 5000);
    assertThat(npz.floats("u1")).containsExactly(250, 251, 252, 253, 254, 255);
    assertThat(npz.floats("big")).containsExactly(0, 1, 2, 3, 4, 5);
    // 6e-8 is nearest to binary16's smallest positive number, 2^-24.
    assertThat(npz.floats("f2"))
        .containsExactly(1, -2, 0.5f, 65504, 0x1p-24f, Float.POSITIVE_INFINITY);
    assertThat(npz.floats("scalar")).containsExactly(7);
    assertThat(npz.floats("empty")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain.npz", "compressed.npz"})
  void floats_fortranOrder_becomesLastIndexFastest(String file) throws IOException {
    float[] expected = new float[24];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = i;
    }
    assertThat(Npz.read(fixture(file)).floats("fortran")).containsExactly(expected);
  }

  @Test
  void floats_unknownName_isRefused() throws IOException {
    Npz npz = Npz.read(fixture("compressed.npz"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> npz.floats("f8"))
        .withMessageContainingAll("'f8'", "f4", "fortran");
  }

  @ParameterizedTest
  @CsvSource({"objects.npz, o, |O", "complex.npz, c, <c16"})
  void floats_notNumbers_areRefused(String file, String array, String type) throws IOException {
    Path path = fixture(file);
    Npz npz = Npz.read(path);
    assertThatIOException()
        .isThrownBy(() -> npz.floats(array))
        .withMessageContainingAll(path.toString(), "'" + array + "'", "'" + type + "'", "f4");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "'|b1'; |b1",
        "'<U3'; <U3",
        "'|O'; |O",
        "'<u8'; <u8",
        "[('a', '<f4'), ('shape', '|O')]; [('a', '<f4'), ('shape', '|O')]",
        "\"|S2\"; |S2"
      })
  void floats_besideNoNumbers_areRead(String descr, String type) throws IOException {
    String odd = "{'descr': " + descr + ", 'fortran_order': False, 'shape': (3, 2), }";
    String plain = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
    Npz npz = Npz.read(archive(Map.of("odd.npy", npy(1, odd, 6), "x.npy", npy(1, plain, 8))));

    assertThat(npz.shapes())
        .containsOnly(Map.entry("odd", Shape.of(3, 2)), Map.entry("x", Shape.of(2)));
    assertThat(npz.floats("x")).containsExactly(0, 0);
    assertThatIOException()
        .isThrownBy(() -> npz.floats("odd"))
        .withMessageContainingAll("'odd'", type, "expected numbers");
  }

  @ParameterizedTest
  @ValueSource(strings = {"65536, 65536", "4294967296, 4294967296, 4294967296"})
  void floats_moreThanAnArrayHolds_areRefused(String shape) throws IOException {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
    Npz npz = Npz.read(archive("x.npy", npy(1, header, 4)));
    assertThatIOException()
        .isThrownBy(() -> npz.floats("x"))
        .withMessageContainingAll("'x'", "fewer than 2^31 values");
  }

  /** The header claims 3.6 GB, of which there are four bytes. */
  @Test
  void floats_claimedSize_takesNoMemory() throws IOException {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (900000000,), }";
    Path file = archive("x.npy", npy(1, header, 4));
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer directory = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int entry = directory.getInt(bytes.length - 6); // of the directory's end: where it begins
    directory.putInt(entry + 24, (int) 3_600_000_000L); // the size of the entry
    Files.write(file, bytes);
    Npz npz = Npz.read(file);

    long before = allocated();
    assertThatIOException()
        .isThrownBy(() -> npz.floats("x"))
        .withMessageContainingAll("'x'", "after 1 values, expected 900000000");
    assertThat(allocated() - before).isLessThan(1 << 22);
  }

  /** More than the stored bytes would fill, less than is claimed at once: the array grows. */
  @ParameterizedTest
  @CsvSource({"|i1, 1", "<f8, 8"})
  void floats_compressed_areAllRead(String descr, int bytes) throws IOException {
    int size = 1_000_003;
    String header =
        "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + size + ",), }";
    byte[] content = npy(1, header, size * bytes);
    if (bytes == 1) {
      for (int i = 1; i <= size; i++) {
        content[content.length - i] = (byte) (i % 7);
      }
    }
    float[] values = Npz.read(archive("x.npy", content)).floats("x");

    assertThat(values).hasSize(size);
    for (int i = 0; i < size; i++) {
      assertThat(values[i] == (bytes == 1 ? (size - i) % 7 : 0)).as("%d", i).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      value = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }; 2; 3",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (12L, 1), }; 12; 1",
        "{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": (2, 3)}; 2; 3",
        "{'shape': (2, 3), 'fortran_order': False, 'descr': '=f4'}; 2; 3",
        "{'descr': 'f4', 'fortran_order': False, 'shape': (2, 3), }; 2; 3",
        "{'descr': '|f4', 'fortran_order': False, 'shape': (2, 3), }; 2; 3"
      })
  void floats_otherWritersHeaders_areRead(String header, int rows, int columns) throws IOException {
    byte[] content = npy(1, header, 4 * rows * columns);
    ByteBuffer.wrap(content).order(ByteOrder.nativeOrder()).putFloat(content.length - 4, 1.5f);
    Npz npz = Npz.read(archive("x.npy", content));

    assertThat(npz.shapes()).containsOnly(Map.entry("x", Shape.of(rows, columns)));
    float[] expected = new float[rows * columns];
    expected[expected.length - 1] = 1.5f;
    assertThat(npz.floats("x")).containsExactly(expected);
  }

  @Test
  void read_folders_arePassedOver() throws IOException {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }";
    Npz npz =
        Npz.read(
            archive(
                Map.of("a/", new byte[0], "a/b.npy/", new byte[0], "a/x.npy", npy(1, header, 4))));
    assertThat(npz.shapes()).containsOnlyKeys("a/x");
    assertThat(npz.floats("a/x")).containsExactly(0);
  }

  /** As Python's zipfile does; the JDK reads the directory's name alone. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void read_nameThatDiffersBetweenDirectoryAndEntry_isRefused(boolean commented)
      throws IOException {
    Path file = folder.resolve("names.npz");
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }";
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (String name : List.of("first.npy", "other.npy")) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(npy(1, header, 4));
      }
      if (commented) {
        zip.setComment("no end: PK\5\6, ".repeat(9));
      }
    }
    byte[] bytes = Files.readAllBytes(file);
    assertThat(Npz.read(file).shapes()).containsOnlyKeys("first", "other");

    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    bytes[text.indexOf("other") + 1] = 'd';
    Files.write(file, bytes);
    assertRefused(file, "'odher.npy'");
    assertRefused(file, "'other.npy'");
    assertRefused(file, file.toString());
  }

  /**
   * As in archives of 4 GiB and more (APPNOTE.TXT 4.5.3): where an entry begins stands behind those
   * of its sizes that are long, behind another field; and whatever stands before the archive.
   */
  @ParameterizedTest
  @CsvSource({"0, 0, 0", "1, 0, 0", "0, 1, 0", "1, 1, 0", "1, 1, 77"})
  void read_longNumbers_areLookedUp(int sizes, int storedSizes, int before) throws IOException {
    Path file = folder.resolve("long.npz");
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }";
    byte[] content = npy(1, header, 4);
    content[content.length - 1] = 0x40; // 2
    Map<String, byte[]> arrays = new LinkedHashMap<>();
    arrays.put("first.npy", npy(1, header, 4));
    arrays.put("other.npy", content);
    byte[] plain = Files.readAllBytes(archive(arrays));
    byte[] bytes = new byte[before + 2 * plain.length];
    int length = longNumbers(plain, sizes == 1, storedSizes == 1, bytes, before);
    Files.write(file, Arrays.copyOf(bytes, length));

    assertThat(Npz.read(file).shapes()).containsOnlyKeys("first", "other");
    assertThat(Npz.read(file).floats("first")).containsExactly(0);
    assertThat(Npz.read(file).floats("other")).containsExactly(2);

    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    bytes[text.indexOf("other") + 1] = 'd';
    Files.write(file, Arrays.copyOf(bytes, length));
    assertRefused(file, "found 'odher.npy' at byte ");
    assertRefused(file, ", expected 'other.npy', as the directory names it");
  }

  /** Writes a plain archive anew, with a directory of long numbers; returns the length. */
  private static int longNumbers(
      byte[] plain, boolean sizes, boolean storedSizes, byte[] to, int before) {
    ByteBuffer in = ByteBuffer.wrap(plain).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer out = ByteBuffer.wrap(to).order(ByteOrder.LITTLE_ENDIAN);
    int end = plain.length - 22;
    int at = in.getInt(end + 16);
    out.position(before).put(plain, 0, at);
    int directory = out.position();
    while (at < end) {
      int entry = out.position();
      int length = 46 + in.getShort(at + 28);
      out.put(plain, at, length);
      int fields = out.position();
      out.putShort((short) 0x7a7a).putShort((short) 3).put(new byte[] {1, 0, 8});
      int longs = 1 + (sizes ? 1 : 0) + (storedSizes ? 1 : 0);
      out.putShort((short) 1).putShort((short) (longs * Long.BYTES));
      if (sizes) {
        out.putLong(in.getInt(at + 24)).putInt(entry + 24, -1);
      }
      if (storedSizes) {
        out.putLong(in.getInt(at + 20)).putInt(entry + 20, -1);
      }
      out.putLong(in.getInt(at + 42)).putInt(entry + 42, -1);
      out.putShort(entry + 30, (short) (out.position() - fields));
      at += length;
    }
    int last = out.position();
    out.put(plain, end, 22).putInt(last + 12, last - directory);
    return out.position();
  }

  /** The longest comment there is, behind which the archive's end is looked for. */
  @Test
  void read_longestComment_isPassedOver() throws IOException {
    Path file = folder.resolve("comment.npz");
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }";
    for (int length : new int[] {1, 65_534, 65_535}) {
      try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
        zip.putNextEntry(new ZipEntry("x.npy"));
        zip.write(npy(1, header, 4));
        zip.setComment("c".repeat(length));
      }
      assertThat(Npz.read(file).shapes()).containsOnlyKeys("x");
    }
  }

  /** So many entries, and so far into a file, that ZIP's own numbers do not suffice. */
  @Test
  void read_manyArrays_areFound() throws IOException {
    Path file = folder.resolve("many.npz");
    String header = "{'descr': '|i1', 'fortran_order': False, 'shape': (1,), }";
    byte[] content = npy(1, header, 1);
    int arrays = 66_000;
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file));
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (int i = 0; i < arrays; i++) {
        zip.putNextEntry(new ZipEntry(i + ".npy"));
        zip.write(content);
      }
    }
    assertThat(Npz.read(file).shapes()).hasSize(arrays).containsKey("65999");
  }

  @Test
  void read_notAnArchive_isRefused() throws IOException {
    Path text = Files.writeString(folder.resolve("text.npz"), "weights");
    assertThatIOException()
        .isThrownBy(() -> Npz.read(text))
        .withMessageContainingAll(text.toString(), "not a .npz file");
    assertThatIOException()
        .isThrownBy(() -> Npz.read(folder.resolve("absent.npz")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'fortran_order': False, 'shape': (1,), }|'descr'",
        "{'descr': '<f4', 'shape': (1,), }|'fortran_order'",
        "{'descr': '<f4', 'fortran_order': False, }|'shape'",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }|'shape'",
        "{'descr': f4, 'fortran_order': False, 'shape': (1,), }|'descr'",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3LL,), }|(3LL,)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (L,), }|(L,)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }|(99999999999999999999,)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3 4), }|(3 4)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,,4), }|(3,,4)",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (,), }|(,)"
      })
  void read_badHeader_isRefusedWithWhatIsMissing(String header, String message) throws IOException {
    Path file = archive("x.npy", npy(1, header, 4));
    assertThatIOException()
        .isThrownBy(() -> Npz.read(file))
        .withMessageContainingAll(file.toString(), "'x'", message);
  }

  @Test
  void read_dimensionsWithoutEnd_areRefused() throws IOException {
    String shape = String.join(",", Collections.nCopies(20_000, "1"));
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
    Path file = archive("x.npy", npy(1, header, 4));
    assertThatIOException()
        .isThrownBy(() -> Npz.read(file))
        .withMessageContainingAll(file.toString(), "'x'", "20000 dimensions", "at most 64");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"()|0", "( )|0", "(1,)|1", "(1)|1", "( 1 , 1 )|2", "(1, 1,)|2"})
  void read_shape_isATuple(String shape, int dimensions) throws IOException {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }";
    Npz npz = Npz.read(archive("x.npy", npy(1, header, 4)));
    assertThat(npz.shapes().get("x").numDimensions()).isEqualTo(dimensions);
    assertThat(npz.floats("x")).containsExactly(0);
  }

  /** The system's own time has no part in it. */
  @ParameterizedTest
  @ValueSource(strings = {"Asia/Tokyo", "America/New_York"})
  void write_inAnyTimeZone_givesTheSameBytes(String zone) throws IOException {
    Path here = folder.resolve("here.npz");
    Path there = folder.resolve("there.npz");
    TimeZone before = TimeZone.getDefault();
    try {
      TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
      write(here, 1);
      TimeZone.setDefault(TimeZone.getTimeZone(zone));
      write(there, 1);
    } finally {
      TimeZone.setDefault(before);
    }
    assertThat(there).hasSameBinaryContentAs(here);
  }

  @Test
  void write_diskFull_leavesNothingAndNothingOpen() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(SmallDisk.mount(disk, "32k"), "no right to mount a small disk");
    Path file = disk.resolve("x.npz");
    assertThatIOException()
        .isThrownBy(() -> write(file, 100_000))
        .withMessageContainingAll(file.toString(), "No space left on device");
    assertThat(disk).isEmptyDirectory();
    assertThat(SmallDisk.unmount(disk)).isTrue();
  }

  private static void write(Path file, int values) throws IOException {
    try (NpzWriter out = NpzWriter.create(file)) {
      out.add("x", Shape.of(values), new float[values]);
      out.commit();
    }
  }

  @Test
  void read_otherThings_areRefused() throws IOException {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }";
    assertRefused(archive("readme.txt", new byte[0]), "readme.txt");
    assertRefused(archive("x.npy", new byte[0]), "ends within the .npy header");
    assertRefused(archive("x.npy", "no array".getBytes(StandardCharsets.US_ASCII)), "no .npy");
    assertRefused(archive("x.npy", npy(4, header, 4)), "version 4");
    assertRefused(archive("x.npy", Arrays.copyOf(npy(1, header, 4), 20)), "ends within");
  }

  @Test
  void floats_wrongLength_isRefused() throws IOException {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (40,), }";
    Npz shorter = Npz.read(archive("x.npy", npy(1, header, 4 * 40 - 1)));
    assertThatIOException()
        .isThrownBy(() -> shorter.floats("x"))
        .withMessageContainingAll(shorter.file().toString(), "'x'", "39 values", "expected 40");
    Npz longer = Npz.read(archive("y.npy", npy(1, header, 4 * 40 + 1)));
    assertThatIOException()
        .isThrownBy(() -> longer.floats("y"))
        .withMessageContainingAll("more than", "40");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void floats_ofEachVersion_areRead(int version) throws IOException {
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }";
    Npz npz = Npz.read(archive("x.npy", npy(version, header, 8)));
    assertThat(npz.shapes()).containsEntry("x", Shape.of(2, 1));
    assertThat(npz.floats("x")).containsExactly(0, 0);
  }

  /** Whatever byte is damaged: the file is refused, or gives what it gave before. */
  @ParameterizedTest
  @ValueSource(strings = {"plain.npz", "compressed.npz"})
  void floats_byteFlipped_areRefusedOrTheSame(String name) throws IOException {
    Path file = fixture(name);
    byte[] bytes = Files.readAllBytes(file);
    Map<String, float[]> expected = all(file);
    Random random = new Random(5);
    int refused = 0;
    for (int i = 0; i < bytes.length; i += 1 + random.nextInt(8)) {
      byte[] flipped = bytes.clone();
      flipped[i] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, flipped);
      try {
        Map<String, float[]> found = all(file);
        assertThat(found.keySet()).as("byte %d", i).isEqualTo(expected.keySet());
        for (String array : found.keySet()) {
          assertThat(found.get(array)).as("byte %d", i).isEqualTo(expected.get(array));
        }
      } catch (IOException e) {
        assertThat(e).hasMessageContaining(file.toString());
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(bytes.length / 20);
  }

  @Test
  void read_cutAnywhere_isRefused() throws IOException {
    Path file = fixture("compressed.npz");
    byte[] bytes = Files.readAllBytes(file);
    for (int length = 0; length < bytes.length; length++) {
      Files.write(file, Arrays.copyOf(bytes, length));
      assertRefused(file, file.toString());
    }
  }

  private static Map<String, float[]> all(Path file) throws IOException {
    Npz npz = Npz.read(file);
    Map<String, float[]> arrays = new LinkedHashMap<>();
    for (String name : npz.shapes().keySet()) {
      arrays.put(name, npz.floats(name));
    }
    return arrays;
  }

  private static void assertRefused(Path file, String message) {
    assertThatIOException().isThrownBy(() -> Npz.read(file)).withMessageContaining(message);
  }

  private Path fixture(String name) throws IOException {
    Path file = folder.resolve(name);
    try (InputStream in = NpzTest.class.getResourceAsStream(name)) {
      Files.copy(in, file);
    }
    return file;
  }

  private Path archive(String entry, byte[] content) throws IOException {
    return archive(Map.of(entry, content));
  }

  private Path archive(Map<String, byte[]> entries) throws IOException {
    Path file = Files.createTempFile(folder, "made", ".npz");
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (String entry : entries.keySet()) {
        zip.putNextEntry(new ZipEntry(entry));
        zip.write(entries.get(entry));
      }
    }
    return file;
  }

  /** Returns how many bytes this thread has allocated so far. */
  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }

  /** Returns a .npy file by the book, with zeros for values. */
  private static byte[] npy(int version, String header, int values) {
    byte[] text = header.getBytes(StandardCharsets.US_ASCII);
    int before = version == 1 ? 10 : 12;
    byte[] bytes = new byte[before + text.length + values];
    bytes[0] = (byte) 0x93;
    System.arraycopy("NUMPY".getBytes(StandardCharsets.US_ASCII), 0, bytes, 1, 5);
    bytes[6] = (byte) version;
    bytes[8] = (byte) text.length;
    bytes[9] = (byte) (text.length >> 8);
    System.arraycopy(text, 0, bytes, before, text.length);
    return bytes;
  }
}
