import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.tfemergence.emergence.report.EmergenceHistory;
import org.tfemergence.emergence.report.EmergenceReading;

class OwnLoopTest {
  @Test
  void trainsAndMeasures() {
    EmergenceHistory history = OwnLoop.train();
    assertEquals(4, history.readings().size());
    for (EmergenceReading reading : history.readings()) {
      long hidden = reading.counts().layers().get(0).active();
      long logits = reading.counts().layers().get(1).active();
      // One pair of layers: every inactive hidden unit leads to every active logit.
      assertEquals(
          (64 - hidden) * logits, reading.emergence().orElseThrow().paths().longValueExact());
      assertTrue(hidden > 0);
    }
  }
}
