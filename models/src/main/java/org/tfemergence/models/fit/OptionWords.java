package org.tfemergence.models.fit;

import java.util.ArrayList;
import java.util.List;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.objective.Objective;
import org.tfemergence.models.optimize.Optimizer;

/**
 * What a training is made of, in words that are the same in each run. What has none, such as a
 * schedule given as a function, is left out.
 */
final class OptionWords {
  private OptionWords() {}

  static String of(Model model, Objective objective, Optimizer optimizer, TrainerOptions options) {
    List<String> words = new ArrayList<>();
    for (Object part : List.of(model, objective, optimizer, options.updating().gradients())) {
      if (part.getClass().isRecord()) {
        words.add(part.toString());
      }
    }
    words.add("batches of " + options.batching().size());
    words.add("accumulation " + options.batching().accumulation());
    options.updating().averageDecay().ifPresent(decay -> words.add("averages of decay " + decay));
    return String.join(", ", words);
  }
}
