package org.tfemergence.examples.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A folder that may hold the files of a data set, each with or without {@code .gz}.
 *
 * @param path the folder
 */
record DataFolder(Path path) {
  /** Returns where below {@code directory} the files may be, in the order of search. */
  static List<DataFolder> below(Path directory, PublishedData set) {
    return List.of(new DataFolder(directory.resolve(set.folder())), new DataFolder(directory));
  }

  Optional<Path> find(DataFile file) {
    return Stream.of(file.name(), file.rawName())
        .map(path::resolve)
        .filter(Files::isRegularFile)
        .findFirst();
  }

  List<String> missing(PublishedData set) {
    return set.files().stream().filter(f -> find(f).isEmpty()).map(DataFile::name).toList();
  }

  ImageSets read(PublishedData set, String origin) throws IOException {
    int classes = set.classNames().size();
    List<Path> files =
        set.files().stream().map(f -> find(f).orElse(path.resolve(f.name()))).toList();
    ImageSet train = IdxReader.read(files.get(0), files.get(1), classes);
    ImageSet test = IdxReader.read(files.get(2), files.get(3), classes);
    try {
      return ImageSets.of(set.name(), train, test, origin);
    } catch (IllegalArgumentException e) {
      throw new IOException(path + ": " + e.getMessage(), e);
    }
  }
}
