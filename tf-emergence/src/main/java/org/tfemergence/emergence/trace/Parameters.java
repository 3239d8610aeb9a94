package org.tfemergence.emergence.trace;

import com.google.common.collect.ImmutableSet;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.tensorflow.GraphOperation;
import org.tensorflow.Operand;
import org.tensorflow.Output;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.proto.DataType;

/** Tells what is learnt of the tensors that do not depend on the network's input. */
final class Parameters {
  /* What keeps all values, in their order. */
  private static final Set<String> SAME_VALUES =
      Set.of(
          "Identity",
          "ReadVariableOp",
          "Reshape",
          "Squeeze",
          "ExpandDims",
          "Cast",
          "EnsureShape",
          "Snapshot",
          "StopGradient",
          "PreventGradient",
          "CheckNumerics");

  /* A deviation is the root of a variance. */
  private static final Set<String> ROOTS = Set.of("Sqrt", "Rsqrt", "Pow");

  private static final Set<String> CASTS = Set.of("Cast", "Dequantize");

  private final Region region;
  private final Set<GraphOperation> frozen = new HashSet<>();
  private final boolean variables;

  /**
   * Looks at all that lies in the region.
   *
   * @param declared constants that are learnt, whatever they look like
   */
  Parameters(Region region, Set<GraphOperation> declared) {
    this.region = region;
    frozen.addAll(declared);
    boolean any = false;
    for (GraphOperation operation : region.operations()) {
      any |= Parameter.of(operation).filter(p -> p.variable() && holdsNumbers(p)).isPresent();
      // What variables are read by stays when they are frozen.
      if (operation.type().equals("Identity")
          && operation.name().matches("(.*/)?(read|ReadVariableOp)(_\\d+)?")) {
        Parameter.of(operation(operation.input(0)))
            .filter(Parameters::holdsNumbers)
            .ifPresent(parameter -> frozen.add(parameter.source()));
      }
    }
    variables = any;
  }

  static GraphOperation operation(Operand<?> operand) {
    return (GraphOperation) operand.op();
  }

  private static boolean holdsNumbers(Parameter parameter) {
    return parameter.holdsFloats() || parameter.holdsWhole();
  }

  /** Tells whether a tensor comes from a random operation. */
  static boolean random(Output<?> value) {
    return reaches(value, op -> op.type().contains("Random"));
  }

  /** Tells whether an operation of some kind stands behind a tensor. */
  static boolean reaches(Output<?> value, Predicate<GraphOperation> kind) {
    return reaches(operation(value), kind, new HashSet<>());
  }

  /**
   * Tells whether a tensor may be a layer's parameter: it comes from a variable, or from a float
   * constant.
   *
   * @param axes how many a constant must have to be one
   */
  boolean possible(Output<?> value, int axes) {
    return floats(value).stream().anyMatch(p -> isLearnt(p) || p.rank() >= axes);
  }

  /**
   * Finds what is learnt of the values that a tensor is computed from. What stands under a root is
   * a moving variance; what is subtracted beside one is a moving mean.
   *
   * @param inLayer whether it changes a layer's units, rather than the network's input
   */
  Learnt behind(Output<?> value, boolean inLayer) {
    Search search = new Search(inLayer);
    search.visit(value, false, false, false);
    Set<Parameter> learnt = new LinkedHashSet<>(search.added);
    Set<Parameter> statistics = new LinkedHashSet<>(search.rooted);
    (search.rooted.isEmpty() ? learnt : statistics).addAll(search.subtracted);
    statistics.removeAll(learnt);
    return new Learnt(
        ImmutableSet.copyOf(learnt),
        ImmutableSet.copyOf(statistics),
        ImmutableSet.copyOf(search.passedOver));
  }

  /**
   * Finds the kernel of a layer.
   *
   * @param value what the layer multiplies with
   * @param table whether it is looked up in, so that a constant can hardly be anything else
   * @throws NotUnderstood if it is no variable and no constant, or a constant that may be none of
   *     the network's
   */
  Kernel kernel(Output<?> value, boolean table) {
    Output<?> behind = value;
    while (SAME_VALUES.contains(operation(behind).type()) && !region.isConstant(behind)) {
      behind = operation(behind).input(0);
    }
    Optional<Parameter> itself =
        region.isConstant(behind)
            ? Optional.empty()
            : Parameter.of(operation(behind)).filter(Parameters::holdsNumbers);
    if (itself.isPresent()) {
      Parameter parameter = itself.get();
      NotUnderstood.unless(
          isLearnt(parameter) || ((!marked() || (table && !variables)) && parameter.rank() >= 2),
          "its kernel, "
              + parameter.held()
              + ", is a constant beside what is learnt; declare it with frozen() if it was learnt,"
              + " or with constant()");
      Learnt learnt = new Learnt(ImmutableSet.of(parameter), ImmutableSet.of(), ImmutableSet.of());
      return new Kernel(parameter, learnt, parameter.access());
    }
    if (transposesMatrix(behind) && Tensors.same(value.shape(), behind.shape())) {
      GraphOperation by = operation(behind);
      return kernel(by.input(0), table)
          .turned(by.input(0).shape(), by.type() + " '" + by.name() + "'");
    }
    return computed(value, operation(behind));
  }

  private boolean transposesMatrix(Output<?> value) {
    GraphOperation operation = operation(value);
    return operation.type().equals("Transpose")
        && !region.isConstant(value)
        && operation(operation.input(1)).type().equals("Const")
        && Arrays.equals(Constants.integers(operation.input(1)), new long[] {1, 0});
  }

  /* Of the parameters that a kernel is computed from, the one of its size is the kernel. */
  private Kernel computed(Output<?> value, GraphOperation by) {
    Learnt learnt = behind(value, true);
    if (!marked()) {
      ImmutableSet<Parameter> all =
          floats(value).stream().filter(p -> p.rank() > 0).collect(ImmutableSet.toImmutableSet());
      learnt = new Learnt(all, ImmutableSet.of(), ImmutableSet.of());
    }
    Shape shape = value.shape();
    Parameter first =
        learnt.parameters().stream()
            .filter(p -> !shape.hasUnknownDimension() && p.size() == shape.size())
            .findFirst()
            .or(learnt.parameters().stream()::findFirst)
            .orElseThrow(() -> new NotUnderstood("its kernel is no variable and no constant"));
    return new Kernel(
        first,
        learnt,
        new KernelAccess.Hidden("it is computed by " + by.type() + " '" + by.name() + "'"));
  }

  /* Whether it can be told from the graph which of its constants were variables. */
  private boolean marked() {
    return variables || !frozen.isEmpty();
  }

  private boolean isLearnt(Parameter parameter) {
    return parameter.variable() || frozen.contains(parameter.source());
  }

  private Set<Parameter> floats(Output<?> value) {
    Search search = new Search(true);
    search.visit(value, false, false, false);
    return search.all;
  }

  private static boolean reaches(
      GraphOperation operation, Predicate<GraphOperation> kind, Set<GraphOperation> seen) {
    if (kind.test(operation)) {
      return true;
    }
    if (!seen.add(operation) || Site.SHAPES.contains(operation.type())) {
      return false;
    }
    for (int i = 0; i < operation.numInputs(); i++) {
      if (reaches(operation(operation.input(i)), kind, seen)) {
        return true;
      }
    }
    return false;
  }

  /** A walk back from a tensor to all that it is computed from, and by which part it plays. */
  private final class Search {
    private final boolean inLayer;
    private final Set<Parameter> all = new LinkedHashSet<>();
    private final Set<Parameter> added = new LinkedHashSet<>();
    private final Set<Parameter> subtracted = new LinkedHashSet<>();
    private final Set<Parameter> rooted = new LinkedHashSet<>();
    private final Set<Parameter> passedOver = new LinkedHashSet<>();
    private final Set<Seen> seen = new HashSet<>();

    private record Seen(GraphOperation operation, boolean minus, boolean root, boolean cast) {}

    Search(boolean inLayer) {
      this.inLayer = inLayer;
    }

    /* Whole numbers may be weights if they are cast, and indices and sizes if not. */
    void visit(Output<?> value, boolean minus, boolean root, boolean cast) {
      GraphOperation operation = operation(value);
      if (region.isConstant(value)
          || Site.SHAPES.contains(operation.type())
          || !seen.add(new Seen(operation, minus, root, cast))) {
        return;
      }
      Parameter.of(operation)
          .filter(p -> cast || p.holdsFloats())
          .ifPresent(parameter -> found(parameter, minus, root));
      boolean negates = operation.type().equals("Neg");
      boolean roots = ROOTS.contains(operation.type());
      boolean casts = CASTS.contains(operation.type()) && Parameter.isFloat(value.dataType());
      for (int i = 0; i < operation.numInputs(); i++) {
        boolean takenOff = negates || (i == 1 && operation.type().equals("Sub"));
        DataType type = operation.input(i).dataType();
        boolean castOn = cast && (type == value.dataType() || type == DataType.DT_RESOURCE);
        visit(operation.input(i), minus ^ takenOff, root || roots, castOn || casts);
      }
    }

    /*
     * Where nothing tells what was a variable, whatever is shaped like a bias or a gain was one,
     * but for what the input is prepared with.
     */
    private void found(Parameter parameter, boolean minus, boolean root) {
      if (!parameter.holdsFloats() && !isLearnt(parameter)) {
        return;
      }
      if (!holdsNumbers(parameter)) {
        passedOver.add(parameter);
        return;
      }
      all.add(parameter);
      boolean taken =
          isLearnt(parameter)
              || (inLayer && !marked() && parameter.rank() > 0 && parameter.isVector());
      if (!taken) {
        if (!variables && parameter.size() > 1) {
          passedOver.add(parameter);
        }
      } else if (root) {
        rooted.add(parameter);
      } else {
        (minus ? subtracted : added).add(parameter);
      }
    }
  }
}
