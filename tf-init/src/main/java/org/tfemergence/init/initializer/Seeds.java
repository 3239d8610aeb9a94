package org.tfemergence.init.initializer;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;

/** Derives, from the one seed a user gives, an independent seed for each use of randomness. */
public final class Seeds {
  private Seeds() {}

  /**
   * Derives a seed.
   *
   * @param seed the user's seed
   * @param use what the derived seed is for, such as a variable's name
   * @return the same number for the same arguments, on every machine
   */
  public static long derive(long seed, String use) {
    return Hashing.sipHash24(seed, 0).hashString(use, StandardCharsets.UTF_8).asLong();
  }
}
