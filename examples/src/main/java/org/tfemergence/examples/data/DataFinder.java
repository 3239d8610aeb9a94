package org.tfemergence.examples.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Finds a whole data set on this machine, or downloads it.
 *
 * <p>Order: the explicit directory; the one of {@code EMERGENCE_DATA}; the user's cache; the
 * system's data sets; the publisher, into the cache. A directory {@code DIR} holds a data set if
 * {@code DIR/<folder>} or {@code DIR} itself has all four files, each with or without {@code .gz}.
 * An explicit directory that lacks one is an error; the others are then passed over. Files in the
 * cache and in the system's place must have the published content. Those in a directory the user
 * chose may differ (the origin then says so), but must not be another data set's.
 */
public final class DataFinder {
  private final DataPlaces places;
  private final Downloader downloader;

  /**
   * Creates a finder.
   *
   * @param places where to look
   * @param downloader what to do if nothing is found
   */
  public DataFinder(DataPlaces places, Downloader downloader) {
    this.places = Objects.requireNonNull(places, "places");
    this.downloader = Objects.requireNonNull(downloader, "downloader");
  }

  /**
   * Returns a finder with the places of this process' environment.
   *
   * @param explicit what the user named by {@code --data}
   * @return the finder
   */
  public static DataFinder fromEnvironment(Optional<Path> explicit) {
    Path home = Path.of(System.getProperty("user.home"));
    return new DataFinder(DataPlaces.of(explicit, System.getenv(), home), new Downloader());
  }

  /**
   * Returns the whole data set from the first place that has it.
   *
   * @param set which data set
   * @param progress hears of downloads
   * @return the data, its origin naming the place
   * @throws IOException if the explicit directory lacks a file, a file is not what it should be, or
   *     the download failed
   */
  public ImageSets find(PublishedData set, Progress progress) throws IOException {
    if (places.explicit().isPresent()) {
      return chosen(set, explicit(set, places.explicit().get()));
    }
    Optional<DataFolder> environment = places.environment().flatMap(dir -> complete(set, dir));
    if (environment.isPresent()) {
      return chosen(set, environment.get());
    }
    Path cache = places.cache().resolve(set.folder());
    Optional<DataFolder> known =
        complete(set, cache).or(() -> complete(set, places.system().resolve(set.folder())));
    if (known.isPresent()) {
      return published(set, known.get());
    }
    downloader.fetch(set, cache, progress);
    return published(set, new DataFolder(cache));
  }

  private static DataFolder explicit(PublishedData set, Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new IOException(
          directory + ": found no such directory, expected the files of " + set.name());
    }
    Optional<DataFolder> found = complete(set, directory);
    if (found.isPresent()) {
      return found.get();
    }
    List<String> missing =
        DataFolder.below(directory, set).stream()
            .map(folder -> folder.missing(set))
            .min(Comparator.comparingInt(List::size))
            .orElseThrow();
    throw new IOException(
        "%s: %s lacks %s, looked in %s and %s, with and without .gz"
            .formatted(
                directory,
                set.name(),
                String.join(", ", missing),
                directory.resolve(set.folder()),
                directory));
  }

  private static Optional<DataFolder> complete(PublishedData set, Path directory) {
    return DataFolder.below(directory, set).stream()
        .filter(folder -> folder.missing(set).isEmpty())
        .findFirst();
  }

  private static ImageSets chosen(PublishedData set, DataFolder folder) throws IOException {
    ImageSets data = folder.read(set, folder.path().toString());
    if (data.sha256().equals(set.sha256())) {
      return data;
    }
    for (PublishedData other : PublishedData.all()) {
      if (data.sha256().equals(other.sha256())) {
        throw new IOException(
            "%s: found %s, expected %s".formatted(folder.path(), other.name(), set.name()));
      }
    }
    String origin = folder.path() + " (not the published " + set.name() + ")";
    return new ImageSets(data.name(), data.train(), data.test(), origin, data.sha256());
  }

  private static ImageSets published(PublishedData set, DataFolder folder) throws IOException {
    ImageSets data = folder.read(set, folder.path().toString());
    if (!data.sha256().equals(set.sha256())) {
      throw new IOException(
          "%s: found content with SHA-256 %s, expected %s of %s; remove these files, or choose others"
                  .formatted(folder.path(), data.sha256(), set.sha256(), set.name())
              + " by --data or EMERGENCE_DATA");
    }
    return data;
  }
}
