package org.tfemergence.emergence.network;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

final class WiringTest {
  @Test
  void create_numberOutOfRange_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Wiring.Convolution(Window.valid(1, 1), 0))
        .withMessage("groups must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Wiring.OneToOne(-1))
        .withMessage("channelOffset must not be negative, got -1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Wiring.Attention(0, Wiring.Attention.Reach.ALL))
        .withMessage("heads must be at least 1, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Wiring.Selection(-1, 0, 1))
        .withMessage("axis must not be negative, got -1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Wiring.Selection(0, -2, 1))
        .withMessage("start must not be negative, got -2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Wiring.Selection(0, 0, 0))
        .withMessage("count must be at least 1, got 0");
  }
}
