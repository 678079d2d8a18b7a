package io.ottla.core.broker;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;

/**
 * The file {@code meta.properties} of one data directory: to which broker of which cluster the data
 * belongs. Kafka's format with the key {@code incarnation.id} of our own. Immutable; an empty one
 * stands for a directory without the file.
 */
record MetaProperties(Path directory, Map<String, String> values) {
  static final String FILE = "meta.properties";
  static final String BROKER_ID = "broker.id";
  static final String CLUSTER_ID = "cluster.id";
  static final String INCARNATION_ID = "incarnation.id";
  static final String DIRECTORY_ID = "directory.id";
  private static final String VERSION = "version";

  MetaProperties {
    values = Map.copyOf(values);
  }

  Path file() {
    return directory.resolve(FILE);
  }

  boolean exists() {
    return !values.isEmpty();
  }

  Optional<String> get(String key) {
    return Optional.ofNullable(values.get(key)).map(String::trim).filter(text -> !text.isEmpty());
  }

  /** These values with one of them set. */
  MetaProperties with(String key, String value) {
    Map<String, String> changed = new TreeMap<>(values);
    changed.putIfAbsent(VERSION, "0");
    changed.put(key, value);
    return new MetaProperties(directory, changed);
  }

  /**
   * What the directory says; does not create it.
   *
   * @throws StartupException when the file is there but cannot be read or is not ours
   */
  static MetaProperties read(Path directory) {
    Path file = directory.resolve(FILE);
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      properties.load(in);
    } catch (NoSuchFileException e) {
      return new MetaProperties(directory, Map.of());
    } catch (IOException | IllegalArgumentException e) {
      throw new StartupException(
          "Cannot read "
              + file
              + " ("
              + e.getMessage()
              + "). Repair the disk or its permissions, or remove the directory from log.dirs.",
          e);
    }
    Map<String, String> values = new TreeMap<>();
    properties.stringPropertyNames().forEach(key -> values.put(key, properties.getProperty(key)));
    MetaProperties read = new MetaProperties(directory, values);
    if (!read.get(VERSION).orElse("").equals("0")) {
      throw new StartupException(
          file
              + " has version="
              + read.get(VERSION).orElse("(none)")
              + ", and version=0 is expected. Version 1 belongs to a Kafka broker in KRaft mode, whose"
              + " data cannot be taken over; an empty file means that the disk lost it: restore it from"
              + " another directory of the same broker.");
    }
    return read;
  }

  /** Writes the file so that it is there whole or as it was, also after a power failure. */
  void write() throws IOException {
    Files.createDirectories(directory);
    Properties properties = new Properties();
    properties.putAll(values);
    StringWriter text = new StringWriter();
    properties.store(text, null);
    Path temporary = directory.resolve(FILE + ".tmp");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = StandardCharsets.ISO_8859_1.encode(text.toString());
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(
        temporary, file(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel parent = FileChannel.open(directory, StandardOpenOption.READ)) {
      parent.force(true);
    }
  }
}
