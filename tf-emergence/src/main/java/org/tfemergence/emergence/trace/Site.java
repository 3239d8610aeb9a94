package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Longs;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tensorflow.GraphOperation;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.TensorProto;

/** An operation and what reaches it: all that a rule looks at. */
final class Site {
  /** Operations that look at the shape of a tensor only, so that nothing flows through them. */
  static final Set<String> SHAPES =
      Set.of("Shape", "ShapeN", "Rank", "Size", "ZerosLike", "OnesLike");

  private final GraphOperation operation;
  private final Map<Output<?>, Flow> flows;
  private final Parts parts;
  private final Region region;
  private final Parameters parameters;
  private final Scratch scratch;

  Site(
      GraphOperation operation,
      Map<Output<?>, Flow> flows,
      Parts parts,
      Region region,
      Parameters parameters,
      Scratch scratch) {
    this.operation = operation;
    this.flows = flows;
    this.parts = parts;
    this.region = region;
    this.parameters = parameters;
    this.scratch = scratch;
  }

  GraphOperation operation() {
    return operation;
  }

  String type() {
    return operation.type();
  }

  String name() {
    return operation.name();
  }

  /** Returns the operation as {@code "type 'name'"}. */
  String what() {
    return type() + " '" + name() + "'";
  }

  Parts parts() {
    return parts;
  }

  Region region() {
    return region;
  }

  Parameters parameters() {
    return parameters;
  }

  Scratch scratch() {
    return scratch;
  }

  Output<?> input(int index) {
    return operation.input(index);
  }

  Output<?> output() {
    return operation.output(0);
  }

  /** Returns what flows in at an input; empty where it does not depend on the network's input. */
  Optional<Flow> flow(int index) {
    return flow(operation.input(index));
  }

  Optional<Flow> flow(Output<?> output) {
    return Optional.ofNullable(flows.get(output));
  }

  /** Returns the layer's units that flow in at an input. */
  Flow.Carried carried(int index) {
    Flow flow = flow(index).orElse(null);
    if (flow instanceof Flow.Carried carried) {
      return carried;
    }
    String reason =
        flow instanceof Flow.Given given
            ? "its input " + index + " is of unknown shape, from " + given.from() + " on"
            : "its input " + index + " does not carry the units of a layer";
    throw flow == null || Flow.onlyInput(flow)
        ? new NotUnderstood(reason)
        : new NotUnderstood(reason, input(index));
  }

  /** Returns the same, in the order of the layer's units. */
  Flow.Carried plain(int index) {
    Flow.Carried carried = carried(index);
    NotUnderstood.unless(
        carried.layout().plain(), "its input " + index + " is transposed or padded");
    return carried;
  }

  /**
   * Returns the number of axes of an input, batch included: those of the layer, or two where the
   * layer's positions are merged into the batch.
   */
  int axes(int index, Flow.Carried carried) {
    Shape shape = operation.input(index).shape();
    int expected = carried.shape().size() + 1;
    int axes = shape.isUnknown() ? expected : shape.numDimensions();
    NotUnderstood.unless(
        axes == expected || axes == 2,
        "its input " + index + " of shape " + shape + " holds units of " + carried.shape());
    return axes;
  }

  /** Returns all that flows in. */
  List<Flow> incoming() {
    List<Flow> incoming = new ArrayList<>();
    for (int i = 0; i < operation.numInputs(); i++) {
      flow(i).ifPresent(incoming::add);
    }
    return incoming;
  }

  /**
   * Returns what stands for a tensor where something is computed in {@link Scratch}: an input is
   * all of one value; a layer's units, which are reached through their shape alone, are ones.
   */
  Optional<TensorProto> stands(Output<?> tensor, long batch, double input) {
    if (scratch.isInput(tensor)) {
      List<Long> sizes = new ArrayList<>(Longs.asList(tensor.shape().asArray()));
      if (!sizes.isEmpty()) {
        sizes.set(0, batch);
      }
      return Optional.of(Scratch.splat(tensor.dataType(), sizes, input));
    }
    return flow(tensor)
        .filter(flow -> flow instanceof Flow.Carried carried && carried.root().isPresent())
        .map(
            flow ->
                Scratch.splat(
                    tensor.dataType(),
                    ((Flow.Carried) flow).layout().tensorShape(tensor, batch),
                    1));
  }

  /** Returns the shape of one example of an output, if it is known. */
  static Optional<ImmutableList<Long>> example(Output<?> output) {
    Shape shape = output.shape();
    if (shape.isUnknown() || shape.numDimensions() < 1 || shape.tail().hasUnknownDimension()) {
      return Optional.empty();
    }
    return Optional.of(ImmutableList.copyOf(Longs.asList(shape.tail().asArray())));
  }

  AttrValue attribute(String attribute) {
    return operation.attributes().getAttrValueProto(attribute);
  }

  boolean flag(String attribute) {
    return attribute(attribute).getB();
  }

  String text(String attribute) {
    return attribute(attribute).getS().toStringUtf8();
  }

  List<Long> integers(String attribute) {
    return attribute(attribute).getList().getIList();
  }
}
