package org.tfemergence.examples.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the catalogue says, against the full data where this machine has it. */
final class PublishedDataTest {
  private static final Path SYSTEM = Path.of("/usr/share/datasets");

  @TempDir private Path empty;

  @Test
  void all_describesTenClassesAndFourFiles() {
    for (PublishedData set : PublishedData.all()) {
      assertThat(set.classNames()).hasSize(10).doesNotHaveDuplicates();
      assertThat(set.files())
          .extracting(DataFile::bytes)
          .containsExactly(47_040_016L, 60_008L, 7_840_016L, 10_008L);
      assertThat(set.files())
          .extracting(DataFile::sha256)
          .allMatch(sha256 -> sha256.matches("[0-9a-f]{64}"))
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void source_isBelowThePublisher() {
    assertThat(PublishedData.MNIST.source(PublishedData.MNIST.files().get(3)))
        .hasToString(
            "https://storage.googleapis.com/cvdf-datasets/mnist/t10k-labels-idx1-ubyte.gz");
    assertThat(PublishedData.FASHION_MNIST.source(PublishedData.FASHION_MNIST.files().get(0)))
        .hasToString(
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-images-idx3-ubyte.gz");
  }

  @Test
  void new_notFourFilesOrNoGz_saysWhat() {
    PublishedData mnist = PublishedData.MNIST;

    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new PublishedData(
                    "x", "x", mnist.publisher(), List.of(), List.of(), Optional.empty(), ""))
        .withMessage("files must be 4, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new DataFile("labels", 1, ""))
        .withMessage("name must end in .gz, got labels");
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.examples.data.PublishedData#all")
  void find_fullData_isAsPublished(PublishedData set) throws IOException {
    Path directory = directoryOf(set);

    ImageSets data = finder(directory).find(set, Progress.none());

    assertThat(data.sha256()).isEqualTo(set.sha256());
    assertThat(data.train().size()).isEqualTo(60_000);
    assertThat(data.test().size()).isEqualTo(10_000);
    assertThat(data.origin()).isEqualTo(directory.resolve(set.folder()).toString());
    for (DataFile file : set.files()) {
      Path found = new DataFolder(directory.resolve(set.folder())).find(file).orElseThrow();
      assertThat(Sha256.ofContent(found)).isEqualTo(file.sha256());
    }
  }

  @ParameterizedTest
  @MethodSource("org.tfemergence.examples.data.PublishedData#all")
  void find_anotherDataSetsFiles_saysWhose(PublishedData set) throws IOException {
    Path folder = directoryOf(set).resolve(set.folder());
    PublishedData other =
        set.equals(PublishedData.MNIST) ? PublishedData.FASHION_MNIST : PublishedData.MNIST;

    assertThatIOException()
        .isThrownBy(() -> finder(folder).find(other, Progress.none()))
        .withMessage("%s: found %s, expected %s", folder, set.name(), other.name());
  }

  private DataFinder finder(Path explicit) {
    DataPlaces places = new DataPlaces(Optional.of(explicit), Optional.empty(), empty, empty);
    return new DataFinder(places, new Downloader());
  }

  private static Path directoryOf(PublishedData set) {
    Path named = Path.of(System.getenv().getOrDefault("EMERGENCE_DATA", SYSTEM.toString()));
    Path directory = Files.isDirectory(named.resolve(set.folder())) ? named : SYSTEM;
    assumeTrue(Files.isDirectory(directory.resolve(set.folder())), "skipped: no data");
    return directory;
  }
}
