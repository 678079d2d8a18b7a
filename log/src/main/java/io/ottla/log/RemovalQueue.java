package io.ottla.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files and directories that have been renamed away and are removed once their time has come.
 * Thread safe; bounded by what is on disk.
 */
final class RemovalQueue {
  private static final Logger LOG = LoggerFactory.getLogger(RemovalQueue.class);

  private record Removal(Path path, long deadlineMs) {}

  private final List<Removal> queue = new ArrayList<>();

  synchronized void add(List<Path> paths, long deadlineMs) {
    for (Path path : paths) {
      queue.add(new Removal(path, deadlineMs));
    }
  }

  /** Removes what is due; what cannot be removed is named and left to the next start. */
  int removeDue(long nowMs) {
    List<Path> due = new ArrayList<>();
    synchronized (this) {
      for (Iterator<Removal> i = queue.iterator(); i.hasNext(); ) {
        Removal removal = i.next();
        if (removal.deadlineMs() <= nowMs) {
          due.add(removal.path());
          i.remove();
        }
      }
    }
    int removed = 0;
    for (Path path : due) {
      try {
        removed += remove(path);
      } catch (IOException e) {
        LOG.warn("{} could not be removed, the next start tries again", path, e);
      }
    }
    return removed;
  }

  private static int remove(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return Files.deleteIfExists(path) ? 1 : 0;
    }
    List<Path> all;
    try (Stream<Path> walk = Files.walk(path)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    } catch (NoSuchFileException e) {
      return 0;
    }
    int removed = 0;
    for (Path one : all) {
      removed += Files.deleteIfExists(one) ? 1 : 0;
    }
    return removed;
  }
}
