package org.tfemergence.examples.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MakeFashionSampleTest {
  @TempDir Path folder;

  /* Pictures of one pixel, the classes in turn: the first 600 of each are the first 6,000. */
  @Test
  void main_classesInTurn_takesTheFirstOfEach() throws IOException {
    Path source = folder.resolve("source");
    Path target = folder.resolve("target");
    ImageSet train = pictures(6_500);
    ImageSet test = pictures(1_040);
    Idx.write(
        source,
        List.of(Idx.images(train), Idx.labels(train), Idx.images(test), Idx.labels(test)),
        ".gz");

    MakeFashionSample.main(new String[] {source.toString(), target.toString()});

    assertThat(read(target, "train")).isEqualTo(pictures(6_000));
    assertThat(read(target, "t10k")).isEqualTo(pictures(1_000));
  }

  private static ImageSet pictures(int count) {
    byte[] pixels = new byte[count];
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      pixels[i] = (byte) (i / 10);
      labels[i] = (byte) (i % 10);
    }
    return new ImageSet(1, 1, 10, pixels, labels);
  }

  private static ImageSet read(Path folder, String part) throws IOException {
    String images = part + "-images-idx3-ubyte.gz";
    String labels = part + "-labels-idx1-ubyte.gz";
    try (var imagesIn = Files.newInputStream(folder.resolve(images));
        var labelsIn = Files.newInputStream(folder.resolve(labels))) {
      return IdxReader.read(new IdxSource(images, imagesIn), new IdxSource(labels, labelsIn), 10);
    }
  }
}
