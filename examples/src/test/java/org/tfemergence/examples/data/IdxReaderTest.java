package org.tfemergence.examples.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.primitives.Bytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IdxReaderTest {
  private static final byte[] IMAGES = Idx.images(Idx.TRAIN);
  private static final byte[] LABELS = Idx.labels(Idx.TRAIN);

  @TempDir private Path folder;

  @Test
  void read_rawFiles_givesThemBack() throws IOException {
    assertThat(read(IMAGES, LABELS)).isEqualTo(Idx.TRAIN);
  }

  @Test
  void read_gzipFiles_givesThemBackWhateverTheirName() throws IOException {
    assertThat(read(Idx.gzip(IMAGES), Idx.gzip(LABELS))).isEqualTo(Idx.TRAIN);
    assertThat(read(IMAGES, Idx.gzip(LABELS))).isEqualTo(Idx.TRAIN);
  }

  @Test
  void read_largerThanOneBuffer_givesItBack() throws IOException {
    byte[] pixels = new byte[500 * 28 * 28];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) ((i * 31) >> 3);
    }
    ImageSet set = new ImageSet(28, 28, 2, pixels, new byte[500]);

    assertThat(read(Idx.gzip(Idx.images(set)), Idx.labels(set))).isEqualTo(set);
  }

  @Test
  void read_streams_usesTheirNames() throws IOException {
    assertThat(IdxReader.read(source("i", IMAGES), source("l", LABELS), 2)).isEqualTo(Idx.TRAIN);
    assertThatIOException()
        .isThrownBy(() -> IdxReader.read(source("i", IMAGES), source("l", IMAGES), 2))
        .withMessageStartingWith("l: byte 0: found 0x00000803, expected 0x00000801");
  }

  @Test
  void read_noSuchFile_namesIt() {
    Path absent = folder.resolve("absent");

    assertThatIOException()
        .isThrownBy(() -> IdxReader.read(absent, absent, 2))
        .withMessage(absent + ": found no such file, expected an IDX file");
  }

  @Test
  void read_emptyFile_saysSo() {
    imagesFault(new byte[0], 0, "an empty file", "0x00000803 (IDX images, gzip or raw)");
    labelsFault(new byte[0], 0, "an empty file", "0x00000801 (IDX labels, gzip or raw)");
    labelsFault(Idx.gzip(new byte[0]), 0, "an empty file", "0x00000801 (IDX labels, gzip or raw)");
  }

  @Test
  void read_shorterThanHeader_saysBothLengths() {
    imagesFault(
        Arrays.copyOf(IMAGES, 3), 0, "a file of 3 bytes", "0x00000803 (IDX images, gzip or raw)");
    imagesFault(Arrays.copyOf(IMAGES, 15), 15, "the end of the file", "a header of 16 bytes");
    labelsFault(Arrays.copyOf(LABELS, 4), 4, "the end of the file", "a header of 8 bytes");
  }

  @Test
  void read_wrongMagic_saysWhichKindWasExpected() {
    imagesFault(LABELS, 0, "0x00000801", "0x00000803 (IDX images, gzip or raw)");
    labelsFault(IMAGES, 0, "0x00000803", "0x00000801 (IDX labels, gzip or raw)");
  }

  @Test
  void read_garbage_saysFirstBytes() {
    byte[] page = Idx.bytes('<', 'h', 't', 'm', 'l', '>');

    imagesFault(page, 0, "0x3c68746d", "0x00000803 (IDX images, gzip or raw)");
  }

  @Test
  void read_brokenGzipHeader_saysSo() {
    imagesFault(
        Idx.bytes(0x1f, 0x8b), 0, "the end of a truncated gzip stream", "a complete gzip header");
    imagesFault(
        Idx.bytes(0x1f, 0x8b, 7, 0, 0, 0, 0, 0, 0, 0),
        0,
        "unreadable data (Unsupported compression method)",
        "a complete gzip header");
  }

  @Test
  void read_truncatedGzip_saysHowFarItGot() {
    byte[] stored = Idx.gzip(IMAGES);

    imagesFault(
        Arrays.copyOf(stored, stored.length - 4),
        28,
        "the end of a truncated gzip stream",
        "the end of the file");
    labelsFault(
        Arrays.copyOf(Idx.gzip(LABELS), 10),
        0,
        "the end of a truncated gzip stream",
        "0x00000801 (IDX labels, gzip or raw)");
  }

  @Test
  void read_gzipWithWrongChecksum_isAFault() {
    byte[] stored = Idx.gzip(IMAGES);
    stored[stored.length - 8] ^= 1;

    imagesFault(stored, 28, "unreadable data (Corrupt GZIP trailer)", "the end of the file");
  }

  @Test
  void read_truncatedPayload_saysWhereItEnds() {
    imagesFault(Arrays.copyOf(IMAGES, 27), 27, "the end of the file", "12 bytes after the header");
    labelsFault(
        Idx.gzip(Arrays.copyOf(LABELS, 9)), 9, "the end of the file", "2 bytes after the header");
  }

  @Test
  void read_headerClaimsGigabytes_failsWithoutAllocatingThem() {
    int count = 2_000_000_000;
    byte[] images = Idx.content(new byte[5], Idx.IMAGES, count, 1, 1);
    byte[] labels = Idx.content(new byte[5], Idx.LABELS, count);

    fault(images, labels, "images", 21, "the end of the file", count + " bytes after the header");
  }

  @Test
  void read_headerClaimsMoreThanAnArrayHolds_saysLimit() {
    int[][] sizes = {{2, 1 << 15, 1 << 15}, {2, -1, -1}, {2, 1 << 31, 2}, {2, 1, -1}};
    for (int[] size : sizes) {
      imagesFault(
          Idx.content(new byte[0], Idx.IMAGES, size[0], size[1], size[2]),
          4,
          "2 images of %s x %s"
              .formatted(Integer.toUnsignedString(size[1]), Integer.toUnsignedString(size[2])),
          "at most 2147483639 pixels");
    }
  }

  @Test
  void read_trailingBytes_saysWhereTheEndShouldBe() {
    imagesFault(Arrays.copyOf(IMAGES, 29), 28, "more bytes", "the end of the file");
    labelsFault(Idx.gzip(Arrays.copyOf(LABELS, 12)), 10, "more bytes", "the end of the file");
  }

  @Test
  void read_bytesBehindGzip_areRefused() {
    for (int more : new int[] {1, 7, 8, 9, 17, 18, 19, 26, 40, 1000}) {
      byte[] stored = Idx.gzip(LABELS);
      labelsFault(
          Arrays.copyOf(stored, stored.length + more), // zeros, as padding leaves them
          10,
          "unreadable data (more bytes behind the end of the gzip stream)",
          "the end of the file");
      byte[] begun = Bytes.concat(stored, Arrays.copyOf(stored, Math.min(more, 9)));
      labelsFault(
          begun,
          10,
          "unreadable data (more bytes behind the end of the gzip stream)",
          "the end of the file");
    }
  }

  /** Whatever of it the reader's buffer holds when the stream ends. */
  @Test
  void read_bytesBehindGzipAnywhereInTheBuffer_areRefused() throws IOException {
    byte[] pixels = new byte[65_600];
    new Random(3).nextBytes(pixels); // which do not get smaller
    byte[] label = Idx.content(new byte[1], Idx.LABELS, 1);
    for (int size = 65_440; size <= pixels.length; size += 3) {
      byte[] content = Idx.content(Arrays.copyOf(pixels, size), Idx.IMAGES, 1, 1, size);
      byte[] stored = Idx.gzip(content);
      assertThat(read(stored, label).pixels()).hasSize(size);
      for (int more : new int[] {1, 9, 30}) {
        imagesFault(
            Arrays.copyOf(stored, stored.length + more),
            label,
            content.length,
            "unreadable data (more bytes behind the end of the gzip stream)");
      }
    }
  }

  @Test
  void read_gzipOfSeveralMembers_givesAllOfThem() throws IOException {
    byte[] inParts =
        Bytes.concat(
            Idx.gzip(Arrays.copyOf(IMAGES, 20)),
            Idx.gzip(Arrays.copyOfRange(IMAGES, 20, IMAGES.length)),
            Idx.gzip(new byte[0]));
    assertThat(read(inParts, LABELS)).isEqualTo(Idx.TRAIN);
  }

  @Test
  void read_countsDiffer_saysBoth() {
    byte[] three = Idx.content(new byte[3], Idx.LABELS, 3);

    labelsFault(three, 4, "3 labels", "2, the number of images in " + folder.resolve("images"));
  }

  @Test
  void read_zeroInHeader_saysWhichNumber() {
    imagesFault(Idx.content(new byte[0], Idx.IMAGES, 0, 2, 3), 4, "0 images", "at least 1");
    imagesFault(Idx.content(new byte[0], Idx.IMAGES, 2, 0, 3), 8, "0 rows", "at least 1");
    imagesFault(Idx.content(new byte[0], Idx.IMAGES, 2, 2, 0), 12, "0 columns", "at least 1");
    labelsFault(Idx.content(new byte[0], Idx.LABELS, 0), 4, "0 labels", "at least 1");
  }

  @Test
  void read_labelOutOfRange_saysIndexAndValue() {
    labelsFault(Idx.content(Idx.bytes(1, 255), Idx.LABELS, 2), 9, "label 255 at index 1", "0 to 1");
  }

  @Test
  void read_classesOutOfRange_isTheCallersMistake() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IdxReader.read(source("i", IMAGES), source("l", LABELS), 0))
        .withMessage("classes must be in [1, 256], got 0");
  }

  private void imagesFault(byte[] images, byte[] labels, long at, String found) {
    fault(images, labels, "images", at, found, "the end of the file");
  }

  private void imagesFault(byte[] images, long at, String found, String expected) {
    fault(images, LABELS, "images", at, found, expected);
  }

  private void labelsFault(byte[] labels, long at, String found, String expected) {
    fault(IMAGES, labels, "labels", at, found, expected);
  }

  private void fault(
      byte[] images, byte[] labels, String file, long at, String found, String expected) {
    assertThatIOException()
        .isThrownBy(() -> read(images, labels))
        .withMessage(
            "%s: byte %s: found %s, expected %s"
                .formatted(folder.resolve(file), at, found, expected));
  }

  private ImageSet read(byte[] images, byte[] labels) throws IOException {
    Path imagesFile = Files.write(folder.resolve("images"), images);
    Path labelsFile = Files.write(folder.resolve("labels"), labels);
    return IdxReader.read(imagesFile, labelsFile, 2);
  }

  private static IdxSource source(String name, byte[] content) {
    return new IdxSource(name, new ByteArrayInputStream(content));
  }
}
