package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.tensorflow.Graph;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.SavedModel;

/**
 * Takes graphs that others wrote, after a look at them: of functions that call themselves, or that
 * are nested too deeply, TensorFlow dies while it imports them, and the program with it.
 */
public final class ForeignGraphs {
  private ForeignGraphs() {}

  /**
   * Imports a graph.
   *
   * @param definition of the graph, with its functions
   * @return the graph, which the caller must close
   * @throws IllegalArgumentException if a function that it calls is missing or calls itself, if
   *     functions are nested more than 100 deep, or if there were more than 100,000 nodes with
   *     their bodies in place of their calls
   */
  public static Graph graph(GraphDef definition) {
    requireBounded(definition);
    Graph graph = new Graph();
    try {
      graph.importGraphDef(definition);
      return graph;
    } catch (RuntimeException failure) {
      graph.close();
      throw failure;
    }
  }

  /**
   * Loads a SavedModel.
   *
   * @param folder that holds {@code saved_model.pb}
   * @param tags of the graph to load, such as {@code serve}
   * @return the model, which the caller must close
   * @throws IllegalArgumentException as {@link #graph} does, for any graph of the model
   * @throws IOException if {@code saved_model.pb} cannot be read
   */
  public static SavedModelBundle savedModel(Path folder, String... tags) throws IOException {
    try (InputStream file = Files.newInputStream(folder.resolve("saved_model.pb"))) {
      for (MetaGraphDef part : SavedModel.parseFrom(file).getMetaGraphsList()) {
        requireBounded(part.getGraphDef());
      }
    }
    return SavedModelBundle.load(folder.toString(), tags);
  }

  private static void requireBounded(GraphDef graph) {
    ImmutableMap<String, FunctionDef> functions =
        graph.getLibrary().getFunctionList().stream()
            .collect(
                Collectors.collectingAndThen(
                    Collectors.toMap(f -> f.getSignature().getName(), f -> f, (a, b) -> b),
                    ImmutableMap::copyOf));
    new CallSizes(functions, CallSizes.IMPORTED).requireBounded(graph.getNodeList());
  }
}
