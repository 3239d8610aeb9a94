package org.tfemergence.examples.data;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The directories in which data is looked for, in this order.
 *
 * @param explicit what the user named by {@code --data}; if present, the only one
 * @param environment what {@code EMERGENCE_DATA} names
 * @param cache the user's cache of this program; downloads go to a folder below
 * @param system where the operating system's packages put data sets
 */
public record DataPlaces(
    Optional<Path> explicit, Optional<Path> environment, Path cache, Path system) {
  private static final Path SYSTEM = Path.of("/usr/share/datasets");

  /** Refuses null. */
  public DataPlaces {
    Objects.requireNonNull(explicit, "explicit");
    Objects.requireNonNull(environment, "environment");
    Objects.requireNonNull(cache, "cache");
    Objects.requireNonNull(system, "system");
  }

  /**
   * Returns the places given by environment variables: {@code EMERGENCE_DATA}, and {@code
   * XDG_CACHE_HOME} or else {@code .cache} in the home directory. An empty variable counts as
   * unset, and so does a relative {@code XDG_CACHE_HOME}, as its specification demands.
   *
   * @param explicit what the user named by {@code --data}
   * @param variables the environment variables
   * @param home the user's home directory
   * @return the places
   */
  public static DataPlaces of(Optional<Path> explicit, Map<String, String> variables, Path home) {
    Path caches =
        variable(variables, "XDG_CACHE_HOME")
            .filter(Path::isAbsolute)
            .orElse(home.resolve(".cache"));
    return new DataPlaces(
        explicit, variable(variables, "EMERGENCE_DATA"), caches.resolve("tf-emergence"), SYSTEM);
  }

  private static Optional<Path> variable(Map<String, String> variables, String name) {
    return Optional.ofNullable(variables.get(name)).filter(v -> !v.isBlank()).map(Path::of);
  }
}
