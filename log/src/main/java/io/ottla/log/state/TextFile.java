package io.ottla.log.state;

import io.ottla.log.segment.DiskIo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Replaces a small file as a whole: written beside, forced, renamed over, directory forced. After a
 * crash there is the old content or the new, never a mixture.
 */
public final class TextFile {
  private TextFile() {}

  /** Replaces {@code file} and returns when it is durable. */
  public static void replaceDurably(Path file, String content) throws IOException {
    replace(file, content.getBytes(StandardCharsets.UTF_8), true);
  }

  /**
   * Replaces {@code file} without waiting for the disk: for content that is rebuilt when a crash of
   * the machine takes it.
   */
  public static void replace(Path file, String content) throws IOException {
    replace(file, content.getBytes(StandardCharsets.UTF_8), false);
  }

  static void replace(Path file, byte[] content, boolean durably) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    boolean interrupted = Thread.interrupted();
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      if (durably) {
        channel.force(true);
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    if (durably) {
      DiskIo.forceDirectory(file.getParent());
    }
  }

  /** The lines of a file in Kafka's checkpoint form: version 0, a count, that many lines. */
  static String checkpoint(List<String> lines) {
    StringBuilder text = new StringBuilder("0\n").append(lines.size()).append('\n');
    for (String line : lines) {
      text.append(line).append('\n');
    }
    return text.toString();
  }

  /**
   * The entry lines of a checkpoint file.
   *
   * @throws CorruptCheckpointException when version or count do not fit what is there; an empty
   *     file is corrupt, not empty
   */
  static List<String> checkpointLines(Path file) throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (java.nio.charset.CharacterCodingException e) {
      throw new CorruptCheckpointException(file + " is not text", e);
    }
    if (lines.size() < 2 || !lines.get(0).trim().equals("0")) {
      throw new CorruptCheckpointException(file + " does not start with version 0 and a count");
    }
    int count;
    try {
      count = Integer.parseInt(lines.get(1).trim());
    } catch (NumberFormatException e) {
      throw new CorruptCheckpointException(file + " has the count " + lines.get(1), e);
    }
    if (count != lines.size() - 2) {
      throw new CorruptCheckpointException(
          file + " counts " + count + " entries and has " + (lines.size() - 2));
    }
    return lines.subList(2, lines.size());
  }
}
