package org.tfemergence.models.layer;

import java.util.HashMap;
import java.util.Map;
import org.tensorflow.ConcreteFunction;
import org.tensorflow.DeviceSpec;
import org.tensorflow.ExecutionEnvironment;
import org.tensorflow.Graph;
import org.tensorflow.Operation;
import org.tensorflow.OperationBuilder;
import org.tensorflow.op.Ops;
import org.tensorflow.op.Scope;

/**
 * A scope of names that can be entered as often as a model has layers. TensorFlow Java's own reads
 * the names of all operations of the graph each time, which makes building a model quadratic in the
 * number of its layers; this one reads them once.
 *
 * <p>Whatever is not about names is the wrapped scope's affair: device, control dependencies,
 * initialization.
 */
final class LayerScope implements Scope {
  private final Scope wrapped;
  private final String prefix; // empty, or with a slash at its end
  private final String name; // of the next operation, or null for its default
  private final Names names;

  private LayerScope(Scope wrapped, String prefix, String name, Names names) {
    this.wrapped = wrapped;
    this.prefix = prefix;
    this.name = name;
    this.names = names;
  }

  /**
   * Returns the place of given operations, for scopes within it: what is added to both directly,
   * without a scope in between, may clash.
   *
   * @param tf where to add operations
   */
  static Ops within(Ops tf) {
    if (tf.scope() instanceof LayerScope || !(tf.scope().env() instanceof Graph graph)) {
      return tf;
    }
    String any = tf.scope().makeOpName("layers"); // the only way to learn a scope's name
    String prefix = any.substring(0, any.lastIndexOf('/') + 1);
    return Ops.create(new Base(graph, new LayerScope(tf.scope(), prefix, null, new Names(graph))));
  }

  @Override
  public ExecutionEnvironment env() {
    return wrapped.env();
  }

  @Override
  public Scope withSubScope(String child) {
    return new LayerScope(wrapped, makeOpName(child) + '/', null, names);
  }

  @Override
  public Scope withName(String next) {
    return new LayerScope(wrapped, prefix, valid(next), names);
  }

  @Override
  public Scope withNameAsSubScope(String defaultName) {
    return withSubScope(defaultName);
  }

  @Override
  public Scope withDevice(DeviceSpec device) {
    return new LayerScope(wrapped.withDevice(device), prefix, name, names);
  }

  @Override
  public Scope withInitScope() {
    return new LayerScope(wrapped.withInitScope(), prefix, name, names);
  }

  @Override
  public Scope withControlDependencyOps(Iterable<Operation> operations) {
    return new LayerScope(wrapped.withControlDependencyOps(operations), prefix, name, names);
  }

  @Override
  public String makeOpName(String defaultName) {
    return names.unique(prefix + (name == null ? valid(defaultName) : name));
  }

  @Override
  public String makeUnique(String id) {
    return names.unique(prefix + valid(id)).substring(prefix.length());
  }

  @Override
  public void refreshNames() {
    names.read((Graph) env());
  }

  @Override
  public OperationBuilder apply(OperationBuilder builder) {
    return wrapped.apply(builder);
  }

  @Override
  public String getDeviceString() {
    return wrapped.getDeviceString();
  }

  @Override
  public boolean isInit() {
    return wrapped.isInit();
  }

  private static String valid(String name) {
    if (!Scope.isValidOpName(name)) {
      throw new IllegalArgumentException("invalid name of an operation: '" + name + "'");
    }
    return name;
  }

  /** The names that are taken in a graph, those of scopes included. */
  private static final class Names {
    private final Map<String, Integer> taken = new HashMap<>(); // and how often they were asked for

    Names(Graph graph) {
      read(graph);
    }

    void read(Graph graph) {
      graph.operations().forEachRemaining(operation -> take(operation.name()));
    }

    String unique(String name) {
      String free = name;
      while (taken.containsKey(free)) {
        free = name + '_' + taken.merge(name, 1, Integer::sum);
      }
      take(free);
      return free;
    }

    private void take(String name) {
      for (int end = name.length(); end > 0; end = name.lastIndexOf('/', end - 1)) {
        if (taken.putIfAbsent(name.substring(0, end), 0) != null) {
          return; // and so are the scopes around it
        }
      }
    }
  }

  /** A graph whose operations are added in a scope; {@link Ops} asks an environment for it. */
  private record Base(Graph graph, Scope baseScope) implements ExecutionEnvironment {
    @Override
    public OperationBuilder opBuilder(String type, String name, Scope scope) {
      return graph.opBuilder(type, name, scope);
    }

    @Override
    public void attachFunction(ConcreteFunction function) {
      graph.attachFunction(function);
    }

    @Override
    public void checkInput(Operation input) {
      graph.checkInput(input);
    }

    @Override
    public Types environmentType() {
      return graph.environmentType();
    }

    @Override
    public boolean isInitializer(Operation operation) {
      return graph.isInitializer(operation);
    }
  }
}
