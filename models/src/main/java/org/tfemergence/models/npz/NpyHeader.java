package org.tfemergence.models.npz;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tensorflow.ndarray.Shape;

/**
 * What stands before the values in NumPy's {@code .npy} format (numpy.lib.format, versions 1 to 3),
 * be it of numbers or not.
 *
 * @param descr the type of the values in NumPy's words, such as {@code <f4}, and the order of their
 *     bytes
 * @param columnMajor whether the first index runs fastest, as in Fortran
 * @param shape the array's shape
 */
record NpyHeader(String descr, boolean columnMajor, Shape shape) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int LONGEST = 1 << 20;
  private static final int ALIGNMENT = 64;
  /* A string, or the fields of a structure. */
  private static final Pattern DESCR = field("descr", "(?:'([^']*)'|\"([^\"]*)\"|(\\[.*]))");
  private static final Pattern FORTRAN = field("fortran_order", "(True|False)");
  /* Python 2 wrote long numbers with an L behind them. */
  private static final Pattern SHAPE = field("shape", "\\(([\\d\\s,L]*)\\)");
  private static final int DIMENSIONS = 64; // NumPy has no more

  /*
   * The messages of the exceptions are completed by the file's and the array's name.
   */
  static NpyHeader read(DataInputStream in) throws IOException {
    byte[] magic = new byte[MAGIC.length];
    int length;
    try {
      in.readFully(magic);
      if (!Arrays.equals(magic, MAGIC)) {
        throw new IOException("found no .npy header");
      }
      int version = in.readUnsignedByte();
      in.readUnsignedByte(); // the minor version
      if (version < 1 || version > 3) {
        throw new IOException("found .npy version " + version + ", expected 1 to 3");
      }
      length =
          version == 1 ? Short.toUnsignedInt(Short.reverseBytes(in.readShort())) : reversed(in);
    } catch (EOFException e) {
      throw new IOException("ends within the .npy header", e);
    }
    if (length < 0 || length > LONGEST) {
      throw new IOException("found a .npy header of " + length + " bytes");
    }
    byte[] text = in.readNBytes(length);
    if (text.length < length) {
      throw new IOException("ends within the .npy header");
    }
    return parse(new String(text, StandardCharsets.UTF_8).strip());
  }

  private static int reversed(DataInputStream in) throws IOException {
    return Integer.reverseBytes(in.readInt());
  }

  private static NpyHeader parse(String text) throws IOException {
    String descr = find(DESCR, text, "'descr'");
    boolean columnMajor = find(FORTRAN, text, "'fortran_order'").equals("True");
    return new NpyHeader(descr, columnMajor, shape(find(SHAPE, text, "'shape'").strip()));
  }

  /* The inside of a tuple of Python, such as "3, 4", "3," or nothing. */
  private static Shape shape(String tuple) throws IOException {
    if (tuple.isEmpty()) {
      return Shape.scalar();
    }
    String[] parts =
        (tuple.endsWith(",") ? tuple.substring(0, tuple.length() - 1) : tuple).split(",", -1);
    if (parts.length > DIMENSIONS) {
      throw new IOException(
          "found 'shape' of " + parts.length + " dimensions, expected at most " + DIMENSIONS);
    }
    try {
      return Shape.of(Arrays.stream(parts).mapToLong(NpyHeader::dimension).toArray());
    } catch (NumberFormatException e) {
      throw new IOException("found 'shape' (" + tuple + "), expected whole numbers below 2^63", e);
    }
  }

  private static long dimension(String part) {
    String digits = part.strip();
    return Long.parseLong(digits.endsWith("L") ? digits.substring(0, digits.length() - 1) : digits);
  }

  private static Pattern field(String name, String value) {
    return Pattern.compile("(['\"])" + name + "\\1\\s*:\\s*" + value, Pattern.DOTALL);
  }

  private static String find(Pattern pattern, String text, String what) throws IOException {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new IOException("found .npy header \"" + text + "\", expected " + what + " in it");
    }
    return IntStream.rangeClosed(2, matcher.groupCount()) // behind the quote, the one that matched
        .mapToObj(matcher::group)
        .filter(Objects::nonNull)
        .findFirst()
        .orElseThrow();
  }

  /**
   * Returns the type of the values.
   *
   * @throws IOException if they are no numbers that are read
   */
  NpyType type() throws IOException {
    NpyType type = NpyType.of(descr);
    if (type == null) {
      throw new IOException(
          "found values of type '" + descr + "', expected numbers of " + NpyType.known());
    }
    return type;
  }

  /** Returns the order of a number's bytes: where it is not told, the machine's, as in NumPy. */
  ByteOrder order() {
    return switch (descr.charAt(0)) {
      case '<' -> ByteOrder.LITTLE_ENDIAN;
      case '>' -> ByteOrder.BIG_ENDIAN;
      default -> ByteOrder.nativeOrder();
    };
  }

  /**
   * Returns the number of values.
   *
   * @throws IOException if they do not fit an array of Java
   */
  int size() throws IOException {
    long size = 1;
    for (long dimension : shape.asArray()) {
      if (dimension > 0 && size > Integer.MAX_VALUE / dimension) {
        throw new IOException("found shape " + shape + ", expected fewer than 2^31 values");
      }
      size *= dimension;
    }
    return Math.toIntExact(size);
  }

  /** Returns the bytes of version 1 for float32 values, last index fastest, as NumPy pads them. */
  static byte[] floats(Shape shape) {
    String dimensions =
        Arrays.stream(shape.asArray()).mapToObj(Long::toString).collect(Collectors.joining(", "));
    String text =
        "{'descr': '<f4', 'fortran_order': False, 'shape': ("
            + dimensions
            + (shape.numDimensions() == 1 ? "," : "")
            + "), }";
    int unpadded = MAGIC.length + 4 + text.length() + 1;
    int length = (unpadded + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) (length - MAGIC.length - 4));
    bytes.put(text.getBytes(StandardCharsets.US_ASCII));
    while (bytes.position() < length - 1) {
      bytes.put((byte) ' ');
    }
    return bytes.put((byte) '\n').array();
  }
}
