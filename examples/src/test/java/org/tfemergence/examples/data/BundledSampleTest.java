package org.tfemergence.examples.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class BundledSampleTest {
  private static final Path FULL = Path.of("/usr/share/datasets/fashion-mnist");

  @Test
  void load_isClassBalanced() throws IOException {
    ImageSets sample = BundledSample.load();

    assertThat(counts(sample.train())).hasSize(10).containsOnly(600);
    assertThat(counts(sample.test())).hasSize(10).containsOnly(100);
    assertThat(sample.train().rows()).isEqualTo(28);
    assertThat(sample.train().columns()).isEqualTo(28);
    assertThat(sample.name()).isEqualTo("Fashion-MNIST sample");
    assertThat(sample.origin())
        .isEqualTo("bundled sample of Fashion-MNIST (6,000 training and 1,000 test images)");
  }

  @Test
  void load_hasTheChecksumOfTheSelection() throws IOException {
    assertThat(BundledSample.load().sha256())
        .isEqualTo("8eaf6bb9e82961e7d73312d5259adebcdcb8829b4ea3955abd11eba9b97b7b57");
  }

  @Test
  void load_equalsTheSelectionMadeAgain() throws IOException {
    assumeTrue(Files.isDirectory(FULL), "skipped: no data");
    DataPlaces places = new DataPlaces(Optional.of(FULL), Optional.empty(), FULL, FULL);
    ImageSets full =
        new DataFinder(places, new Downloader()).find(PublishedData.FASHION_MNIST, Progress.none());
    ImageSets sample = BundledSample.load();

    assertThat(sample.train()).isEqualTo(first(full.train(), 600));
    assertThat(sample.test()).isEqualTo(first(full.test(), 100));
  }

  private static int[] counts(ImageSet set) {
    int[] counts = new int[set.classes()];
    for (byte label : set.labels()) {
      counts[label]++;
    }
    return counts;
  }

  private static ImageSet first(ImageSet set, int perClass) {
    int image = set.rows() * set.columns();
    byte[] pixels = new byte[set.classes() * perClass * image];
    byte[] labels = new byte[set.classes() * perClass];
    int[] taken = new int[set.classes()];
    int filled = 0;
    for (int i = 0; i < set.size(); i++) {
      byte label = set.labels()[i];
      if (taken[label]++ < perClass) {
        System.arraycopy(set.pixels(), i * image, pixels, filled * image, image);
        labels[filled++] = label;
      }
    }
    assertThat(filled).isEqualTo(labels.length);
    assertThat(Arrays.stream(taken).min().orElseThrow()).isGreaterThanOrEqualTo(perClass);
    return new ImageSet(set.rows(), set.columns(), set.classes(), pixels, labels);
  }
}
