package org.tfemergence.examples.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tensorflow.TensorFlow;
import org.tfemergence.examples.data.ImageSets;
import org.tfemergence.examples.experiment.PromoteAndPruneSpec;

/**
 * Where a result comes from: what was run, on which data, with which software, on which machine.
 * Every figure of a report goes back to one of these.
 *
 * @param facts names and values, in the order in which to show them
 */
public record RunRecord(Map<String, Object> facts) {
  /**
   * Collects the facts of a run that is done.
   *
   * @param spec what was run
   * @param data on which data
   * @param command the command that does it again
   * @param elapsed how long it took
   * @return the record
   */
  public static RunRecord of(
      PromoteAndPruneSpec spec, ImageSets data, String command, Duration elapsed) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("command", command);
    facts.put("data", data.origin());
    facts.put("training images", data.train().size());
    facts.put("held-out images", data.test().size());
    facts.put("data SHA-256", data.sha256());
    facts.put("network", "perceptron, hidden layers of " + spec.hidden());
    facts.put("base initializer", "Kaiming normal, fan-in");
    facts.put("emergence-promoting factors", spec.profile().toString());
    facts.put("optimizer", "gradient descent, learning rate " + spec.learningRate());
    facts.put("batch size", spec.batchSize());
    facts.put("epochs", spec.epochs());
    facts.put(
        "pruning",
        "magnitude, per kernel, sparsity "
            + spec.sparsity()
            + " after epoch "
            + spec.epochsBeforePruning());
    facts.put("emergence", "published formula, all layers but the input");
    facts.put("active unit", spec.rule() + ", over the held-out images");
    facts.put("seeds", spec.seeds());
    facts.put("seconds", elapsed.toMillis() / 1000.0);
    facts.put("revision", System.getProperty("emergence.revision", "unknown"));
    facts.put("TensorFlow", TensorFlow.version());
    facts.put("Java", System.getProperty("java.vm.name") + " " + Runtime.version());
    facts.put(
        "system",
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + ", "
            + System.getProperty("os.arch")
            + ", "
            + Runtime.getRuntime().availableProcessors()
            + " processors");
    return new RunRecord(facts);
  }

  void write(Path file) throws IOException {
    new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), facts);
  }
}
