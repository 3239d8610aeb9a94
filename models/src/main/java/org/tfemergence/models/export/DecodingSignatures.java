package org.tfemergence.models.export;

import java.util.List;
import org.tfemergence.models.layer.Model;
import org.tfemergence.models.text.IncrementalDecoder;
import org.tfemergence.models.text.Transformer;

/**
 * The signatures by which a Transformer produces text: {@code encode} and {@code step}, and {@code
 * decode} for greedy search.
 */
final class DecodingSignatures {
  private DecodingSignatures() {}

  /** Returns a model's signatures besides the default: a Transformer's, of others none. */
  static ServingSignature.Maker of(Model model) {
    return model instanceof Transformer transformer
        ? (tf, built) ->
            new IncrementalDecoder(transformer, built)
                .endpoints(tf).stream()
                    .map(
                        endpoint ->
                            new ServingSignature(
                                endpoint.name(), endpoint.inputs(), endpoint.outputs()))
                    .toList()
        : (tf, built) -> List.of();
  }
}
