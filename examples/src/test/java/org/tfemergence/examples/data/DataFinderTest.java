package org.tfemergence.examples.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataFinderTest {
  private static final PublishedData OFFLINE = Idx.tiny(URI.create("http://127.0.0.1:1/"));
  private static final List<byte[]> OTHER =
      List.of(
          Idx.images(Idx.TEST), Idx.labels(Idx.TEST), Idx.images(Idx.TRAIN), Idx.labels(Idx.TRAIN));

  @TempDir private Path root;
  private Path explicit;
  private Path environment;
  private Path cache;
  private Path system;

  @BeforeEach
  void name() {
    explicit = root.resolve("explicit");
    environment = root.resolve("environment");
    cache = root.resolve("cache");
    system = root.resolve("system");
  }

  @Test
  void find_allPlacesFull_goesInOrder() throws IOException {
    for (Path place : List.of(explicit, environment, cache, system)) {
      Idx.write(place.resolve("tiny"), Idx.contents(), ".gz");
    }

    assertThat(named().find(OFFLINE, Progress.none()).origin())
        .isEqualTo(explicit.resolve("tiny").toString());
    assertThat(unnamed().find(OFFLINE, Progress.none()).origin())
        .isEqualTo(environment.resolve("tiny").toString());
    Files.delete(environment.resolve("tiny").resolve("t10k-labels-idx1-ubyte.gz"));
    assertThat(unnamed().find(OFFLINE, Progress.none()).origin())
        .isEqualTo(cache.resolve("tiny").toString());
    Files.delete(cache.resolve("tiny").resolve("t10k-labels-idx1-ubyte.gz"));
    assertThat(unnamed().find(OFFLINE, Progress.none()).origin())
        .isEqualTo(system.resolve("tiny").toString());
  }

  @Test
  void fromEnvironment_explicitDirectory_isTheOnlyPlace() throws IOException {
    Idx.write(explicit, Idx.contents(), ".gz");

    DataFinder finder = DataFinder.fromEnvironment(Optional.of(explicit));

    assertThat(finder.find(OFFLINE, Progress.none()).origin()).isEqualTo(explicit.toString());
  }

  @Test
  void find_nothingAnywhere_downloadsIntoTheCache() throws IOException {
    try (FileServer server = FileServer.start(Idx.contents())) {
      PublishedData set = Idx.tiny(server.base());

      ImageSets data = unnamed().find(set, Progress.none());

      assertThat(data.train()).isEqualTo(Idx.TRAIN);
      assertThat(data.test()).isEqualTo(Idx.TEST);
      assertThat(data.origin()).isEqualTo(cache.resolve("tiny").toString());
      assertThat(unnamed().find(set, Progress.none())).isEqualTo(data);
      assertThat(server.requests()).hasSize(4);
    }
  }

  @Test
  void find_cacheHalfFull_downloadsTheRest() throws IOException {
    Idx.write(cache.resolve("tiny"), Idx.contents(), ".gz");
    Files.delete(cache.resolve("tiny").resolve("t10k-labels-idx1-ubyte.gz"));
    try (FileServer server = FileServer.start(Idx.contents())) {
      assertThat(unnamed().find(Idx.tiny(server.base()), Progress.none()).test())
          .isEqualTo(Idx.TEST);
      assertThat(server.requests()).containsExactly("/t10k-labels-idx1-ubyte.gz null");
    }
  }

  @Test
  void find_flatOrRawFiles_acceptsThem() throws IOException {
    Idx.write(explicit, Idx.contents(), "");
    assertThat(named().find(OFFLINE, Progress.none()))
        .isEqualTo(ImageSets.of("Tiny", Idx.TRAIN, Idx.TEST, explicit.toString()));

    Idx.write(explicit.resolve("tiny"), Idx.contents(), "");
    assertThat(named().find(OFFLINE, Progress.none()).origin())
        .isEqualTo(explicit.resolve("tiny").toString());
  }

  @Test
  void find_explicitLacksAFile_namesItAndDoesNotFallThrough() throws IOException {
    Idx.write(system.resolve("tiny"), Idx.contents(), ".gz");
    Idx.write(explicit, Idx.contents(), ".gz");
    Files.delete(explicit.resolve("t10k-labels-idx1-ubyte.gz"));

    assertThatIOException()
        .isThrownBy(() -> named().find(OFFLINE, Progress.none()))
        .withMessage(
            "%s: Tiny lacks t10k-labels-idx1-ubyte.gz, looked in %s and %s, with and without .gz",
            explicit, explicit.resolve("tiny"), explicit);
  }

  @Test
  void find_explicitIsNoDirectory_namesIt() {
    assertThatIOException()
        .isThrownBy(() -> named().find(OFFLINE, Progress.none()))
        .withMessage(explicit + ": found no such directory, expected the files of Tiny");
  }

  @Test
  void find_chosenContentDiffers_saysSoInTheOrigin() throws IOException {
    Idx.write(explicit, OTHER, ".gz");

    ImageSets data = named().find(OFFLINE, Progress.none());

    assertThat(data.train()).isEqualTo(Idx.TEST);
    assertThat(data.origin()).isEqualTo(explicit + " (not the published Tiny)");
  }

  @Test
  void find_chosenSetsDisagree_namesTheFolder() throws IOException {
    ImageSet high = new ImageSet(3, 2, 2, new byte[6], new byte[1]);
    Idx.write(
        explicit,
        List.of(Idx.images(Idx.TRAIN), Idx.labels(Idx.TRAIN), Idx.images(high), Idx.labels(high)),
        ".gz");

    assertThatIOException()
        .isThrownBy(() -> named().find(OFFLINE, Progress.none()))
        .withMessageContainingAll(explicit.toString(), "train and test must agree");
  }

  @Test
  void find_cachedContentDiffers_isAFault() throws IOException {
    Idx.write(cache.resolve("tiny"), OTHER, ".gz");
    String found = ImageSets.of("", /* train= */ Idx.TEST, /* test= */ Idx.TRAIN, "").sha256();

    assertThatIOException()
        .isThrownBy(() -> unnamed().find(OFFLINE, Progress.none()))
        .withMessage(
            "%s: found content with SHA-256 %s, expected %s of Tiny; remove these files, or choose"
                + " others by --data or EMERGENCE_DATA",
            cache.resolve("tiny"), found, OFFLINE.sha256());
  }

  private DataFinder named() {
    return finder(Optional.of(explicit));
  }

  private DataFinder unnamed() {
    return finder(Optional.empty());
  }

  private DataFinder finder(Optional<Path> named) {
    DataPlaces places = new DataPlaces(named, Optional.of(environment), cache, system);
    return new DataFinder(places, new Downloader());
  }
}
