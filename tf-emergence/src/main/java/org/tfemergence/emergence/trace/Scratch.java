package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.Longs;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.tensorflow.Graph;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.exceptions.TFInvalidArgumentException;
import org.tensorflow.exceptions.TFUnimplementedException;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.TensorProto;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Computes tensors of a graph apart from it: the operations that they are made of are copied into a
 * graph of their own, up to the tensors whose values are given.
 */
final class Scratch {
  private static final Set<String> READS = Set.of("ReadVariableOp", "VariableV2", "Variable");

  /* What a random number between 0 and 1 becomes: a dropout keeps everything. */
  private static final double KEPT = 0.99;

  private final Graph graph;
  private final ImmutableSet<Output<?>> inputs;
  private final Map<String, NodeDef> nodes = new HashMap<>();

  /**
   * Creates it.
   *
   * @param inputs the network's inputs
   */
  Scratch(Graph graph, Iterable<Output<?>> inputs) {
    this.graph = graph;
    this.inputs = ImmutableSet.copyOf(inputs);
  }

  /** Tells whether a tensor is an input of the network. */
  boolean isInput(Output<?> tensor) {
    return inputs.contains(tensor);
  }

  /** Returns the number of examples that the network's inputs are made for; else a given one. */
  long batch(long otherwise) {
    return inputs.stream()
        .filter(input -> input.shape().numDimensions() > 0)
        .mapToLong(input -> input.shape().get(0))
        .filter(size -> size != Shape.UNKNOWN_SIZE)
        .findFirst()
        .orElse(otherwise);
  }

  /**
   * Computes a tensor.
   *
   * @param wanted a tensor of numbers
   * @param given the values of tensors, where they need not be computed
   * @return its values as float32, row-major
   * @throws NotUnderstood if it is computed from variables, or cannot be computed
   */
  float[] floats(Output<?> wanted, Function<Output<?>, Optional<TensorProto>> given) {
    try (Graph copy = new Graph()) {
      copy.importGraphDef(new Copy(given).of(wanted));
      try (Session session = new Session(copy);
          Result result = session.runner().fetch("wanted").run()) {
        Tensor tensor = result.get(0);
        float[] values = new float[Math.toIntExact(tensor.size())];
        tensor.asRawTensor().data().asFloats().read(values);
        return values;
      }
    } catch (TensorFlowException | TFInvalidArgumentException | TFUnimplementedException failure) {
      throw new NotUnderstood(
          "'" + wanted.op().name() + "' cannot be computed: " + failure.getMessage());
    }
  }

  /**
   * Returns a tensor of which all values are the same.
   *
   * @param value taken as true unless it is 0 where the type is boolean
   * @throws NotUnderstood if the type holds no such numbers
   */
  static TensorProto splat(DataType type, Iterable<Long> shape, double value) {
    TensorShapeProto.Builder sizes = TensorShapeProto.newBuilder();
    shape.forEach(size -> sizes.addDim(TensorShapeProto.Dim.newBuilder().setSize(size)));
    TensorProto.Builder splat = TensorProto.newBuilder().setDtype(type).setTensorShape(sizes);
    return switch (type) {
      case DT_FLOAT, DT_FLOAT_REF ->
          splat.setDtype(DataType.DT_FLOAT).addFloatVal((float) value).build();
      case DT_DOUBLE -> splat.addDoubleVal(value).build();
      case DT_HALF -> splat.addHalfVal(half((float) value)).build();
      case DT_BFLOAT16 -> splat.addHalfVal(Float.floatToIntBits((float) value) >>> 16).build();
      case DT_INT32, DT_INT8, DT_UINT8 -> splat.addIntVal((int) value).build();
      case DT_INT64 -> splat.addInt64Val((long) value).build();
      case DT_BOOL -> splat.addBoolVal(value != 0).build();
      default -> throw new NotUnderstood("a tensor of type " + type + " cannot be tried out");
    };
  }

  /* The bits of 0, or of a number between 2^-14 and 2^16, cut to ten behind the first. */
  private static int half(float value) {
    return value == 0 ? 0 : (Float.floatToIntBits(value) >>> 13) - (112 << 10);
  }

  private NodeDef node(GraphOperation operation) {
    if (nodes.isEmpty()) {
      graph.toGraphDef().getNodeList().forEach(node -> nodes.put(node.getName(), node));
    }
    return nodes.get(operation.name());
  }

  /** One copy: the operations before a tensor. */
  private final class Copy {
    private final Function<Output<?>, Optional<TensorProto>> given;
    private final GraphDef.Builder copy = GraphDef.newBuilder();
    private final Map<Output<?>, String> constants = new HashMap<>();
    private final Set<GraphOperation> reached = new HashSet<>();
    private final Deque<GraphOperation> waiting = new ArrayDeque<>();

    Copy(Function<Output<?>, Optional<TensorProto>> given) {
      this.given = given;
    }

    GraphDef of(Output<?> wanted) {
      copy.addNode(
          NodeDef.newBuilder()
              .setName("wanted")
              .setOp("Cast")
              .putAttr("SrcT", type(wanted.dataType()))
              .putAttr("DstT", type(DataType.DT_FLOAT))
              .addInput(source(wanted)));
      while (!waiting.isEmpty()) {
        GraphOperation operation = waiting.remove();
        copy.addNode(
            operation.type().contains("Random") ? kept(operation) : copied(operation).build());
      }
      return copy.build();
    }

    private NodeDef.Builder copied(GraphOperation operation) {
      NodeDef.Builder node = node(operation).toBuilder().clearInput().clearDevice();
      node.removeAttr("_class").setName(name(operation));
      for (int i = 0; i < operation.numInputs(); i++) {
        node.addInput(source(operation.input(i)));
      }
      return node;
    }

    private NodeDef kept(GraphOperation operation) {
      Map<String, AttrValue> attributes = node(operation).getAttrMap();
      NodeDef.Builder node = NodeDef.newBuilder().setName(name(operation)).setOp("Fill");
      AttrValue dtype = attributes.get("dtype");
      NotUnderstood.unless(
          dtype != null && operation.numInputs() > 0, "'" + operation.name() + "' is random");
      TensorProto value = splat(dtype.getType(), Set.of(), KEPT);
      return node.putAttr("T", dtype)
          .putAttr("index_type", attributes.getOrDefault("Tshape", attributes.get("T")))
          .addInput(source(operation.input(0)))
          .addInput(constant(value))
          .build();
    }

    /* The name by which another node takes a tensor. */
    private String source(Output<?> tensor) {
      if (constants.containsKey(tensor)) {
        return constants.get(tensor);
      }
      GraphOperation operation = Parameters.operation(tensor);
      Optional<TensorProto> value = given.apply(tensor).or(() -> factor(operation));
      if (value.isPresent()) {
        constants.put(tensor, constant(value.get()));
        return constants.get(tensor);
      }
      NotUnderstood.unless(
          !operation.type().equals("Placeholder"),
          "placeholder '" + operation.name() + "' is no input of the trace");
      if (reached.add(operation)) {
        waiting.add(operation);
      }
      return name(operation) + ":" + tensor.index();
    }

    /* A learnt factor of all scores has no part in what is seen; more of a variable may. */
    private Optional<TensorProto> factor(GraphOperation operation) {
      boolean handle = operation.type().equals("VarHandleOp");
      if (!handle && !READS.contains(operation.type())) {
        return Optional.empty();
      }
      Optional<Parameter> parameter =
          Parameter.of(
              operation.numInputs() == 0 ? operation : Parameters.operation(operation.input(0)));
      NotUnderstood.unless(
          !handle && parameter.isPresent() && parameter.get().size() == 1,
          "'" + operation.name() + "' is a variable");
      Shape shape = operation.output(0).shape();
      NotUnderstood.unless(!shape.isUnknown(), "'" + operation.name() + "' is of unknown shape");
      return Optional.of(splat(operation.output(0).dataType(), Longs.asList(shape.asArray()), 1));
    }

    private String constant(TensorProto value) {
      String name = "given/" + copy.getNodeCount() + "/" + constants.size();
      copy.addNode(
          NodeDef.newBuilder()
              .setName(name)
              .setOp("Const")
              .putAttr("dtype", type(value.getDtype()))
              .putAttr("value", AttrValue.newBuilder().setTensor(value).build()));
      return name;
    }

    private String name(GraphOperation operation) {
      return "copy/" + operation.name();
    }

    private AttrValue type(DataType type) {
      return AttrValue.newBuilder().setType(type).build();
    }
  }
}
