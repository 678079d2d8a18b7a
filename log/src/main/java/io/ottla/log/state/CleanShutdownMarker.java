package io.ottla.log.state;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code .kafka_cleanshutdown}: the last run closed every log of the directory. */
public final class CleanShutdownMarker {
  public static final String FILE = ".kafka_cleanshutdown";
  private static final Pattern EPOCH = Pattern.compile("\"brokerEpoch\"\\s*:\\s*(-?\\d{1,18})");

  private CleanShutdownMarker() {}

  /** The broker epoch in the marker, -1 for an old, empty one; empty when there is no marker. */
  public static OptionalLong read(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return OptionalLong.empty();
    }
    Matcher matcher = EPOCH.matcher(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
    return OptionalLong.of(matcher.find() ? Long.parseLong(matcher.group(1)) : -1);
  }

  public static void write(Path directory, long brokerEpoch) throws IOException {
    TextFile.replaceDurably(
        directory.resolve(FILE), "{\"version\":0,\"brokerEpoch\":" + brokerEpoch + "}");
  }

  public static void remove(Path directory) throws IOException {
    Files.deleteIfExists(directory.resolve(FILE));
  }
}
