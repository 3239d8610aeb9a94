package org.tfemergence.models.npz;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** The types of values that are read, each as the float32 nearest to it. */
enum NpyType {
  F2("f2", 2) {
    @Override
    float next(ByteBuffer bytes) {
      return half(bytes.getShort());
    }
  },
  F4("f4", 4) {
    @Override
    float next(ByteBuffer bytes) {
      return bytes.getFloat();
    }
  },
  F8("f8", 8) {
    @Override
    float next(ByteBuffer bytes) {
      return (float) bytes.getDouble();
    }
  },
  I1("i1", 1) {
    @Override
    float next(ByteBuffer bytes) {
      return bytes.get();
    }
  },
  I2("i2", 2) {
    @Override
    float next(ByteBuffer bytes) {
      return bytes.getShort();
    }
  },
  I4("i4", 4) {
    @Override
    float next(ByteBuffer bytes) {
      return (float) bytes.getInt();
    }
  },
  I8("i8", 8) {
    @Override
    float next(ByteBuffer bytes) {
      return (float) bytes.getLong();
    }
  },
  U1("u1", 1) {
    @Override
    float next(ByteBuffer bytes) {
      return Byte.toUnsignedInt(bytes.get());
    }
  },
  U2("u2", 2) {
    @Override
    float next(ByteBuffer bytes) {
      return Short.toUnsignedInt(bytes.getShort());
    }
  },
  U4("u4", 4) {
    @Override
    float next(ByteBuffer bytes) {
      return (float) Integer.toUnsignedLong(bytes.getInt());
    }
  };

  private static final int FRACTION_BITS = 10;
  private static final int BIAS = 15;

  private final String code;
  private final int bytes;

  NpyType(String code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /** Reads the next value. */
  abstract float next(ByteBuffer bytes);

  /** The number of bytes of a value. */
  int bytes() {
    return bytes;
  }

  /* NumPy's descr: the order of bytes, '<', '>', '=', '|' or nothing, then the code. */
  static NpyType of(String descr) {
    return Arrays.stream(values())
        .filter(type -> descr.matches("[<>=|]?" + type.code))
        .findFirst()
        .orElse(null);
  }

  static String known() {
    return Arrays.stream(values()).map(type -> type.code).toList().toString();
  }

  /* IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. Exact. */
  private static float half(short bits) {
    int exponent = bits >> FRACTION_BITS & 0x1f;
    int fraction = bits & 0x3ff;
    float sign = bits < 0 ? -1 : 1;
    if (exponent == 0x1f) {
      return fraction == 0 ? sign * Float.POSITIVE_INFINITY : Float.NaN;
    }
    return exponent == 0
        ? sign * Math.scalb((float) fraction, 1 - BIAS - FRACTION_BITS)
        : sign * Math.scalb((float) (fraction | 0x400), exponent - BIAS - FRACTION_BITS);
  }
}
