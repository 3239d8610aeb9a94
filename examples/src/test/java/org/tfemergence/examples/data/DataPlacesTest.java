package org.tfemergence.examples.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataPlacesTest {
  @TempDir private Path home;

  @Test
  void of_nothingSet_usesHome() {
    DataPlaces places = DataPlaces.of(Optional.empty(), Map.of(), home);

    assertThat(places.explicit()).isEmpty();
    assertThat(places.environment()).isEmpty();
    assertThat(places.cache()).isEqualTo(home.resolve(".cache").resolve("tf-emergence"));
    assertThat(places.system()).isEqualTo(Path.of("/usr/share/datasets"));
  }

  @Test
  void of_variablesSet_usesThem() {
    Path caches = home.resolve("caches").toAbsolutePath();
    DataPlaces places =
        DataPlaces.of(
            Optional.of(Path.of("named")),
            Map.of("EMERGENCE_DATA", "data", "XDG_CACHE_HOME", caches.toString()),
            home);

    assertThat(places.explicit()).contains(Path.of("named"));
    assertThat(places.environment()).contains(Path.of("data"));
    assertThat(places.cache()).isEqualTo(caches.resolve("tf-emergence"));
  }

  @Test
  void of_emptyOrRelativeVariables_ignoresThem() {
    DataPlaces empty =
        DataPlaces.of(Optional.empty(), Map.of("EMERGENCE_DATA", "", "XDG_CACHE_HOME", ""), home);
    DataPlaces relative =
        DataPlaces.of(Optional.empty(), Map.of("XDG_CACHE_HOME", "relative"), home);

    assertThat(empty).isEqualTo(DataPlaces.of(Optional.empty(), Map.of(), home));
    assertThat(relative).isEqualTo(empty);
  }
}
