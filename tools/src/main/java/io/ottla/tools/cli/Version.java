package io.ottla.tools.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: Ottla's version and the version of the Kafka client inside. */
public final class Version implements IVersionProvider {
  private static final String RESOURCE = "/io/ottla/tools/version.properties";

  @Override
  public String[] getVersion() throws IOException {
    Properties properties = new Properties();
    try (InputStream in = Version.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IOException(RESOURCE + " is missing from the tools jar; build it with Maven.");
      }
      properties.load(in);
    }
    return new String[] {
      "Ottla "
          + properties.getProperty("version")
          + " (kafka-clients "
          + properties.getProperty("kafka-clients")
          + ")"
    };
  }
}
