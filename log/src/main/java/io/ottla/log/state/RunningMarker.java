package io.ottla.log.state;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * {@code .ottla_running}: on which boot of which machine, and on which mount, a broker is using the
 * directory. Found at a start, it says that the last run ended without closing; the same boot and
 * mount then mean that only the process died and the page cache, with everything written, lives.
 *
 * @param host the boot and mount, empty when the system does not tell
 * @param lossy the directory may have lost data and nobody has taken note yet
 */
public record RunningMarker(String host, boolean lossy) {
  public static final String FILE = ".ottla_running";

  /** The marker of the last run, if it left one; one that cannot be read counts as lossy. */
  public static Optional<RunningMarker> read(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    String[] lines = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\n", -1);
    if (lines.length < 3
        || !lines[0].equals("version=0")
        || !lines[1].startsWith("host=")
        || !lines[2].startsWith("lossy=")) {
      return Optional.of(new RunningMarker("", true));
    }
    return Optional.of(
        new RunningMarker(lines[1].substring(5), !lines[2].substring(6).equals("false")));
  }

  public void write(Path directory) throws IOException {
    TextFile.replaceDurably(
        directory.resolve(FILE), "version=0\nhost=" + host + "\nlossy=" + lossy + "\n");
  }

  public static void remove(Path directory) throws IOException {
    Files.deleteIfExists(directory.resolve(FILE));
  }

  /** Boot and mount of {@code directory} on this machine, or "" when they cannot be told. */
  public static String hostOf(Path directory) {
    try {
      String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).trim();
      String real = directory.toRealPath().toString();
      return boot + " " + mountOf(real, Files.readAllLines(Path.of("/proc/self/mountinfo")));
    } catch (IOException | RuntimeException e) {
      return "";
    }
  }

  /** Mount id and device of the mount that holds {@code path}. */
  static String mountOf(String path, List<String> mountInfo) {
    String best = "";
    int longest = -1;
    for (String line : mountInfo) {
      String[] fields = line.split(" ", 6);
      if (fields.length < 6) {
        continue;
      }
      String point = fields[4];
      boolean holds = point.equals("/") || path.equals(point) || path.startsWith(point + "/");
      // Of two mounts on one point the later one is on top.
      if (holds && point.length() >= longest) {
        longest = point.length();
        best = fields[0] + " " + fields[2];
      }
    }
    return best;
  }
}
