package io.ottla.log.crashfs;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Passes everything on to the real file system and tells {@link Disk} what changes. */
final class CrashProvider extends FileSystemProvider {
  private final CrashFileSystem fileSystem;

  CrashProvider(CrashFileSystem fileSystem) {
    this.fileSystem = fileSystem;
  }

  private Disk disk() {
    return fileSystem.disk();
  }

  @Override
  public String getScheme() {
    return "crash";
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> env) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    return fileSystem;
  }

  @Override
  public Path getPath(URI uri) {
    return new CrashPath(fileSystem, Path.of(uri));
  }

  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    Path real = CrashPath.real(path);
    Set<OpenOption> more = new HashSet<>(options);
    more.add(StandardOpenOption.READ); // a force reads what it makes durable
    FileChannel channel = FileChannel.open(real, more, attributes);
    return new CrashChannel(
        disk(), Files.isDirectory(real) ? null : disk().opened(real), real, channel);
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return newFileChannel(path, options, attributes);
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path directory, DirectoryStream.Filter<? super Path> filter) throws IOException {
    List<Path> paths = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(CrashPath.real(directory))) {
      for (Path real : stream) {
        Path path = new CrashPath(fileSystem, real);
        if (filter.accept(path)) {
          paths.add(path);
        }
      }
    }
    return new DirectoryStream<>() {
      @Override
      public Iterator<Path> iterator() {
        return paths.iterator();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void createDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
    Files.createDirectory(CrashPath.real(directory), attributes);
    disk().created(CrashPath.real(directory));
  }

  @Override
  public void delete(Path path) throws IOException {
    Path real = CrashPath.real(path);
    disk().deleting(real);
    Files.delete(real);
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) throws IOException {
    disk().moving(CrashPath.real(source), CrashPath.real(target));
    Files.move(CrashPath.real(source), CrashPath.real(target), options);
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean isSameFile(Path one, Path two) throws IOException {
    return Files.isSameFile(CrashPath.real(one), CrashPath.real(two));
  }

  @Override
  public boolean isHidden(Path path) throws IOException {
    return Files.isHidden(CrashPath.real(path));
  }

  @Override
  public FileStore getFileStore(Path path) throws IOException {
    return Files.getFileStore(CrashPath.real(path));
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    Path real = CrashPath.real(path);
    real.getFileSystem().provider().checkAccess(real, modes);
  }

  @Override
  public <V extends FileAttributeView> V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    return Files.getFileAttributeView(CrashPath.real(path), type, options);
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    return Files.readAttributes(CrashPath.real(path), type, options);
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
      throws IOException {
    return Files.readAttributes(CrashPath.real(path), attributes, options);
  }

  @Override
  public void setAttribute(Path path, String attribute, Object value, LinkOption... options)
      throws IOException {
    Files.setAttribute(CrashPath.real(path), attribute, value, options);
  }
}
