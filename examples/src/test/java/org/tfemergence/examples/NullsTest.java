package org.tfemergence.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.reflect.ClassPath;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.Proxy;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.tensorflow.ndarray.Shape;

/**
 * Public constructors and builders refuse null where it is given, before they look at anything
 * else, and name it: by {@code Objects.requireNonNull}, or by using it in their own body, whereupon
 * the JVM names it. What else they are given here are objects that no constructor was called for.
 */
final class NullsTest {
  private static final String ROOT = "org.tfemergence.";
  private static final List<String> MODULES =
      List.of("emergence.", "init.", "prune.", "models.", "examples.data.", "examples.experiment.");

  /* What the library makes, and nobody hands to it. */
  private static final Set<String> RESULTS =
      Set.of(
          "PromoteAndPruneResult",
          "Run",
          "ModelRecord",
          "Sparsity",
          "Hypothesis",
          "Memory",
          "Stepped",
          "Endpoint",
          "WeightTransfer",
          "TracedNetwork",
          "EventLog",
          "Observation",
          "Contribution",
          "LayerContribution",
          "SparsityReport",
          "UnitFlags",
          "InitPlan",
          "Row",
          "DeadLayerAlarm",
          "DeadUnits",
          "ActivityHistogramReading",
          "Values",
          "Assignment",
          "IncrementalDecoder",
          "Gradient",
          "Head",
          "Called",
          "Totals");

  @Test
  void publicApi_null_isRefusedByName() throws Exception {
    Set<String> taken = new TreeSet<>();
    int asked = 0;
    for (Class<?> type : types()) {
      for (Executable member : members(type)) {
        Parameter[] parameters = member.getParameters();
        for (int i = 0; i < parameters.length; i++) {
          if (!parameters[i].getType().isPrimitive()) {
            asked++;
            String fate = fate(member, i);
            if (!fate.isEmpty()) {
              taken.add(type.getName() + "#" + member.getName() + ": " + parameters[i] + fate);
            }
          }
        }
      }
    }
    assertThat(taken).isEmpty();
    assertThat(asked).isGreaterThan(150);
  }

  private static List<Class<?>> types() throws IOException {
    List<Class<?>> types = new ArrayList<>();
    for (ClassPath.ClassInfo info :
        ClassPath.from(NullsTest.class.getClassLoader()).getAllClasses()) {
      String name = info.getName();
      if (name.startsWith(ROOT)
          && MODULES.stream().anyMatch(module -> name.startsWith(ROOT + module))
          && !name.contains(".proto.")
          && !name.contains(".testing.")) {
        Class<?> type = info.load();
        if (isPublic(type)
            && !type.getSimpleName().endsWith("Test")
            && !RESULTS.contains(type.getSimpleName())) {
          types.add(type);
        }
      }
    }
    return types;
  }

  private static boolean isPublic(Class<?> type) {
    return Modifier.isPublic(type.getModifiers())
        && (type.getEnclosingClass() == null || isPublic(type.getEnclosingClass()));
  }

  /* Constructors, and what builders are told. */
  private static List<Executable> members(Class<?> type) {
    List<Executable> members = new ArrayList<>(List.of(type.getDeclaredConstructors()));
    if (type.getSimpleName().endsWith("Builder")) {
      members.addAll(List.of(type.getDeclaredMethods()));
    }
    return members.stream()
        .filter(member -> Modifier.isPublic(member.getModifiers()) && !member.isSynthetic())
        .toList();
  }

  /* Empty if null is refused by name, else what happened. */
  private static String fate(Executable member, int nothing) throws ReflectiveOperationException {
    Class<?>[] types = member.getParameterTypes();
    Object[] values = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      values[i] = i == nothing ? null : something(types[i]);
    }
    try {
      if (member instanceof Constructor<?> constructor) {
        constructor.newInstance(values);
      } else {
        ((Method) member).invoke(empty(member.getDeclaringClass()), values);
      }
      return " was taken";
    } catch (InvocationTargetException e) {
      return isNamed(e.getCause(), member, member.getParameters()[nothing].getName())
          ? ""
          : " gave " + e.getCause() + " at " + e.getCause().getStackTrace()[0];
    }
  }

  private static boolean isNamed(Throwable e, Executable member, String parameter) {
    if (!(e instanceof NullPointerException)) {
      return false;
    }
    StackTraceElement at = e.getStackTrace()[0];
    boolean here =
        at.getClassName().equals(member.getDeclaringClass().getName())
            && at.getMethodName()
                .equals(member instanceof Constructor ? "<init>" : member.getName());
    return parameter.equals(e.getMessage())
        || (here
            && String.valueOf(e.getMessage()).matches(".*\"(" + parameter + "|<.*>)\" is null"));
  }

  private static Object something(Class<?> type) throws ReflectiveOperationException {
    if (type.isPrimitive()) {
      Object number = Array.newInstance(type, 1);
      if (type != boolean.class) {
        Array.setByte(number, 0, (byte) 4); // of which most sizes may be
      }
      return Array.get(number, 0);
    }
    if (type.isArray()) {
      return Array.newInstance(type.getComponentType(), 0);
    }
    if (type.isEnum()) {
      return type.getEnumConstants()[0];
    }
    if (type.isSealed()) {
      return something(type.getPermittedSubclasses()[0]);
    }
    for (Object known : KNOWN) {
      if (type.isInstance(known)) {
        return known;
      }
    }
    return type.isInterface()
        ? Proxy.newProxyInstance(
            NullsTest.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              throw new IllegalStateException(method + " before null was refused");
            })
        : empty(type);
  }

  private static final List<Object> KNOWN =
      List.of(
          "x",
          ImmutableList.of(),
          ImmutableMap.of(),
          ImmutableSet.of(),
          Optional.empty(),
          OptionalInt.empty(),
          OptionalLong.empty(),
          OptionalDouble.empty(),
          Path.of("x"),
          URI.create("x"),
          Duration.ZERO,
          InputStream.nullInputStream(),
          BigInteger.ONE,
          Shape.of(2),
          String.class);

  /** An object that no constructor was called for. */
  private static Object empty(Class<?> type) throws ReflectiveOperationException {
    Class<?> unsafe = Class.forName("sun.misc.Unsafe");
    Field instance = unsafe.getDeclaredField("theUnsafe");
    instance.setAccessible(true);
    return unsafe.getMethod("allocateInstance", Class.class).invoke(instance.get(null), type);
  }
}
