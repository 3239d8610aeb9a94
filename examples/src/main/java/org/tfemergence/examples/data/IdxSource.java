package org.tfemergence.examples.data;

import java.io.InputStream;

/**
 * An IDX content that is not a file, for example a class-path resource. Who opened the stream
 * closes it.
 *
 * @param name what errors call it
 * @param stream its bytes, gzip or raw
 */
public record IdxSource(String name, InputStream stream) {}
