package io.ottla.log.state;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** {@code partition.metadata}: the id of the topic a directory belongs to. */
public final class PartitionMetadata {
  public static final String FILE = "partition.metadata";
  private static final Pattern TOPIC_ID = Pattern.compile("[A-Za-z0-9_-]{22}");

  private PartitionMetadata() {}

  /** Whether the text is a topic id: 16 bytes in URL-safe base64 without padding. */
  public static boolean isTopicId(String text) {
    return TOPIC_ID.matcher(text).matches();
  }

  /**
   * The topic id, or empty when there is no file.
   *
   * @throws CorruptCheckpointException when the file holds something else
   */
  public static Optional<String> read(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    List<String> lines =
        List.of(new String(Files.readAllBytes(file), StandardCharsets.US_ASCII).split("\n", -1));
    String prefix = "topic_id:";
    if (lines.size() < 2
        || !lines.get(0).trim().equals("version: 0")
        || !lines.get(1).startsWith(prefix)
        || !isTopicId(lines.get(1).substring(prefix.length()).trim())) {
      throw new CorruptCheckpointException(file + " holds no version 0 topic id: " + lines);
    }
    return Optional.of(lines.get(1).substring(prefix.length()).trim());
  }

  /** Writes the file; it becomes durable with the log's first flush. */
  public static void write(Path directory, String topicId) throws IOException {
    // In one write and not beside: an id is written once, and half of one is recognised.
    Files.writeString(
        directory.resolve(FILE),
        "version: 0\ntopic_id: " + topicId + "\n",
        StandardCharsets.US_ASCII);
  }
}
