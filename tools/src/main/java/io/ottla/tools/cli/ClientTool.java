package io.ottla.tools.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.CommonClientConfigs;
import picocli.CommandLine.Option;

/** A tool that talks to brokers: the options that say where they are and how to reach them. */
public abstract class ClientTool extends Tool {
  private static final Duration REACH_LIMIT = Duration.ofSeconds(10);

  @Option(
      names = "--bootstrap-server",
      paramLabel = "<host:port>",
      description = "The brokers to ask first, separated by commas. Required.")
  private String bootstrapServer;

  @Option(
      names = "--command-config",
      paramLabel = "<file>",
      description = "A file of client settings, such as security.protocol.")
  private Path commandConfig;

  @Option(
      names = "--command-property",
      paramLabel = "<key=value>",
      description = "A client setting; goes before --command-config.")
  private List<String> commandProperties = List.of();

  /** Takes the servers from another option of the tool. */
  protected final void useBootstrapServer(String servers) {
    bootstrapServer = servers;
  }

  /** The servers as typed; an error if there are none. */
  protected final String bootstrapServer() {
    if (bootstrapServer == null) {
      throw new ToolException("Missing required option --bootstrap-server <host:port>");
    }
    return bootstrapServer;
  }

  /**
   * Settings of a client: the common file and properties, then those of this tool, then the
   * address.
   *
   * @param file the tool's own file, or null
   * @param properties the tool's own {@code key=value} pairs
   */
  protected Map<String, Object> clientSettings(Path file, List<String> properties)
      throws IOException {
    Map<String, Object> settings = new LinkedHashMap<>();
    if (commandConfig != null) {
      settings.putAll(load(commandConfig));
    }
    if (file != null) {
      settings.putAll(load(file));
    }
    settings.putAll(pairs("--command-property", commandProperties));
    settings.putAll(pairs("property", properties));
    settings.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServer());
    return settings;
  }

  /**
   * Waits a moment for a broker that is just starting; a broker that is not there is an error with
   * a hint.
   */
  protected final void awaitBroker() {
    new Reachability(streams().err()).await(bootstrapServer(), REACH_LIMIT);
  }

  /** The pairs {@code key=value}; a value may be empty and may hold further equals signs. */
  protected static Map<String, String> pairs(String option, List<String> pairs) {
    Map<String, String> result = new LinkedHashMap<>();
    for (String pair : pairs) {
      int at = pair.indexOf('=');
      if (at <= 0) {
        throw new ToolException("'" + pair + "' of " + option + " is not of the form key=value");
      }
      result.put(pair.substring(0, at).strip(), pair.substring(at + 1));
    }
    return result;
  }

  /** A properties file as a map. */
  protected static Map<String, String> load(Path file) throws IOException {
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      properties.load(in);
    } catch (NoSuchFileException e) {
      throw new ToolException("There is no file " + file, e);
    }
    Map<String, String> result = new LinkedHashMap<>();
    properties.stringPropertyNames().forEach(key -> result.put(key, properties.getProperty(key)));
    return result;
  }
}
