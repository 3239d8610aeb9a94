package org.tfemergence.examples.data;

import java.io.InputStream;
import java.util.Objects;

/**
 * An IDX content that is not a file, for example a class-path resource. Who opened the stream
 * closes it.
 *
 * @param name what errors call it
 * @param stream its bytes, gzip or raw
 */
public record IdxSource(String name, InputStream stream) {
  /** Refuses null. */
  public IdxSource {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(stream, "stream");
  }
}
