package org.tfemergence.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tfemergence.models.fit.Precision;

/** A sample of what the program compares. */
final class GeometriesTest {
  @ParameterizedTest
  @EnumSource
  void layers_computeTheirDefinition(Precision precision) {
    assertThat(Geometries.differences(Geometry.draw(150, 3), precision)).isEmpty();
  }
}
