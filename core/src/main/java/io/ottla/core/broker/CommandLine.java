package io.ottla.core.broker;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;

/**
 * What a broker was started with.
 *
 * @param file the properties file; empty for a broker of its own with an embedded ZooKeeper
 * @param overrides given after the file, winning over it
 */
record CommandLine(Optional<Path> file, Map<String, String> overrides) {
  static final String USAGE =
      "Usage: broker-start.sh [server.properties] [--override key=value]...\n"
          + "Without a file: one broker with an embedded ZooKeeper on localhost:9092.";

  CommandLine {
    overrides = Map.copyOf(overrides);
  }

  /**
   * @throws StartupException when an argument is not understood
   */
  static CommandLine parse(String[] args) {
    List<String> files = new ArrayList<>();
    Map<String, String> overrides = new TreeMap<>();
    for (int i = 0; i < args.length; i++) {
      if (args[i].equals("--override") && i + 1 < args.length) {
        addOverride(overrides, args[++i]);
      } else if (args[i].startsWith("--override=")) {
        addOverride(overrides, args[i].substring("--override=".length()));
      } else if (args[i].startsWith("-")) {
        throw new StartupException("Unknown option " + args[i] + ".\n" + USAGE);
      } else {
        files.add(args[i]);
      }
    }
    if (files.size() > 1) {
      throw new StartupException("More than one file: " + files + ".\n" + USAGE);
    }
    return new CommandLine(files.stream().findFirst().map(Path::of), overrides);
  }

  private static void addOverride(Map<String, String> overrides, String text) {
    int equals = text.indexOf('=');
    if (equals <= 0) {
      throw new StartupException("--override " + text + " is not key=value.\n" + USAGE);
    }
    overrides.put(text.substring(0, equals).trim(), text.substring(equals + 1).trim());
  }

  /** Where the values come from, for messages. */
  String origin() {
    String base = file.map(Path::toString).orElse("the defaults of a broker without a file");
    return overrides.isEmpty() ? base : base + " and --override";
  }

  /**
   * The values of the file with the overrides over them.
   *
   * @param withoutFile the values that stand in for a file
   * @throws StartupException when the file cannot be read
   */
  Map<String, String> values(Map<String, String> withoutFile) {
    Map<String, String> values = new TreeMap<>(file.map(CommandLine::load).orElse(withoutFile));
    values.putAll(overrides);
    return values;
  }

  private static Map<String, String> load(Path file) {
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(file);
        var reader = new java.io.InputStreamReader(in, StandardCharsets.UTF_8)) {
      properties.load(reader);
    } catch (NoSuchFileException e) {
      throw new StartupException(
          "There is no file " + file.toAbsolutePath() + ". Correct the path.\n" + USAGE, e);
    } catch (IOException | IllegalArgumentException e) {
      throw new StartupException("Cannot read " + file + ": " + e.getMessage(), e);
    }
    Map<String, String> values = new TreeMap<>();
    properties
        .stringPropertyNames()
        .forEach(name -> values.put(name, properties.getProperty(name).trim()));
    return values;
  }
}
