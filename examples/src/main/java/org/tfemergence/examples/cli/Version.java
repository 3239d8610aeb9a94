package org.tfemergence.examples.cli;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The program's version, which the build writes into a resource. */
final class Version implements IVersionProvider {
  private static final String RESOURCE = "version.properties";

  @Override
  public String[] getVersion() throws IOException {
    try (InputStream in = Version.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new FileNotFoundException(
            RESOURCE + ": found no such resource, expected it in the examples' jar");
      }
      Properties properties = new Properties();
      properties.load(in);
      return new String[] {"tf-emergence " + properties.getProperty("version")};
    }
  }
}
