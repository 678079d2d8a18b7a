package io.ottla.log.crashfs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What is durable. A crash keeps forced content and forced names; of each directory's later changes
 * it keeps the first few, and of each file's unforced bytes any part as written, as zeros, as
 * garbage or not at all. Also fails forces and writes on demand. Thread safe by its monitor.
 */
public final class Disk {
  /** A file or directory, whatever its name. */
  static final class Node {
    final boolean directory;
    byte[] durable = new byte[0];
    byte[] lastContent; // of an unlinked file
    final Map<String, Node> durableEntries = new TreeMap<>();
    final List<Change> changes = new ArrayList<>();

    Node(boolean directory) {
      this.directory = directory;
    }
  }

  /** A name that now means {@code node}, or nothing when null. */
  private record Change(String name, Node node) {}

  private final Path root;
  private final Map<Path, Node> live = new HashMap<>();
  private Predicate<Path> failForce = p -> false;
  private Predicate<Path> failWrite = p -> false;

  /** Takes what is under {@code root} as durable. */
  Disk(Path root) {
    this.root = root;
    try {
      adopt(root);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Node adopt(Path path) throws IOException {
    Node node = new Node(Files.isDirectory(path));
    live.put(path, node);
    if (!node.directory) {
      node.durable = Files.readAllBytes(path);
      return node;
    }
    List<Path> children;
    try (Stream<Path> listing = Files.list(path)) {
      children = listing.toList();
    }
    for (Path child : children) {
      node.durableEntries.put(child.getFileName().toString(), adopt(child));
    }
    return node;
  }

  /** From now on forcing a file or directory that fits fails. */
  public synchronized void failForces(Predicate<Path> which) {
    failForce = which;
  }

  /** From now on writing to a file that fits writes half and fails. */
  public synchronized void failWrites(Predicate<Path> which) {
    failWrite = which;
  }

  synchronized void beforeForce(Path path) throws IOException {
    if (failForce.test(path)) {
      throw new IOException("Input/output error");
    }
  }

  synchronized int beforeWrite(Path path, int bytes) {
    return failWrite.test(path) ? bytes / 2 : bytes;
  }

  synchronized Node opened(Path path) {
    Node node = live.get(path);
    if (node == null) {
      node = new Node(false);
      live.put(path, node);
      changed(path, node);
    }
    return node;
  }

  synchronized void created(Path directory) {
    Node node = new Node(true);
    live.put(directory, node);
    changed(directory, node);
  }

  synchronized void deleting(Path path) throws IOException {
    if (Files.exists(path)) {
      unlink(live.remove(path), path);
      changed(path, null);
    }
  }

  synchronized void moving(Path source, Path target) throws IOException {
    if (!Files.exists(source)) {
      return;
    }
    if (Files.exists(target)) {
      unlink(live.remove(target), target);
    }
    Map<Path, Node> moved = new HashMap<>();
    live.entrySet()
        .removeIf(
            e -> {
              boolean below = e.getKey().startsWith(source);
              if (below) {
                moved.put(target.resolve(source.relativize(e.getKey())), e.getValue());
              }
              return below;
            });
    Node node = moved.get(target);
    live.putAll(moved);
    changed(target, node);
    changed(source, null);
  }

  private static void unlink(Node node, Path path) throws IOException {
    if (node != null && !node.directory) {
      node.lastContent = Files.readAllBytes(path);
    }
  }

  private void changed(Path path, Node node) {
    Node parent = live.get(path.getParent());
    if (parent != null) {
      parent.changes.add(new Change(path.getFileName().toString(), node));
    }
  }

  synchronized void forced(Node node, byte[] content) {
    node.durable = content;
  }

  synchronized void forcedDirectory(Path path) {
    Node node = live.get(path);
    apply(node, node.changes.size());
  }

  private static void apply(Node directory, int count) {
    for (Change change : directory.changes.subList(0, count)) {
      if (change.node() == null) {
        directory.durableEntries.remove(change.name());
      } else {
        directory.durableEntries.put(change.name(), change.node());
      }
    }
    directory.changes.subList(0, count).clear();
  }

  /** Writes what a crash now would leave into {@code target}, an empty directory. */
  public synchronized void crashInto(Path target, Random random) throws IOException {
    Map<Node, Path> names = new HashMap<>();
    live.forEach((path, node) -> names.put(node, path));
    write(live.get(root), target, random, names);
  }

  private static void write(Node directory, Path target, Random random, Map<Node, Path> names)
      throws IOException {
    Map<String, Node> entries = new TreeMap<>(directory.durableEntries);
    int keep = random.nextInt(directory.changes.size() + 1);
    for (Change change : directory.changes.subList(0, keep)) {
      if (change.node() == null) {
        entries.remove(change.name());
      } else {
        entries.put(change.name(), change.node());
      }
    }
    for (Map.Entry<String, Node> entry : entries.entrySet()) {
      Path path = target.resolve(entry.getKey());
      Node node = entry.getValue();
      if (node.directory) {
        Files.createDirectory(path);
        write(node, path, random, names);
      } else {
        Path name = names.get(node);
        byte[] content = name == null ? node.lastContent : Files.readAllBytes(name);
        Files.write(path, damaged(node.durable, content, random));
      }
    }
  }

  private static byte[] damaged(byte[] durable, byte[] written, Random random) {
    int shorter = Math.min(durable.length, written.length);
    int longer = Math.max(durable.length, written.length);
    byte[] result =
        new byte
            [random.nextBoolean()
                ? written.length
                : shorter + random.nextInt(longer - shorter + 1)];
    boolean whole = random.nextInt(4) == 0;
    int at = 0;
    while (at < result.length) {
      int chunk = Math.min(result.length - at, 1 + random.nextInt(200));
      int fate = whole ? 0 : random.nextInt(4);
      for (int i = at; i < at + chunk; i++) {
        byte old = i < durable.length ? durable[i] : 0;
        byte now = i < written.length ? written[i] : old;
        boolean same = i < durable.length && i < written.length && old == now;
        result[i] = same || fate <= 1 ? now : fate == 2 ? old : (byte) random.nextInt();
      }
      at += chunk;
    }
    return result;
  }

  @Override
  public String toString() {
    return "disk" + Arrays.asList(live.keySet().toArray());
  }
}
