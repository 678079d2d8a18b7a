package io.ottla.log.crashfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** A channel whose forces go to the {@link Disk} and whose writes can fail on demand. */
final class CrashChannel extends FileChannel {
  private final Disk disk;
  private final Disk.Node node;
  private final Path path;
  private final FileChannel real;

  CrashChannel(Disk disk, Disk.Node node, Path path, FileChannel real) {
    this.disk = disk;
    this.node = node;
    this.path = path;
    this.real = real;
  }

  @Override
  public void force(boolean metaData) throws IOException {
    disk.beforeForce(path);
    if (node == null) {
      disk.forcedDirectory(path);
    } else {
      ByteBuffer content = ByteBuffer.allocate((int) real.size());
      real.read(content, 0);
      disk.forced(node, content.array());
    }
  }

  @Override
  public int write(ByteBuffer source, long position) throws IOException {
    int allowed = disk.beforeWrite(path, source.remaining());
    if (allowed < source.remaining()) {
      ByteBuffer part = source.slice(source.position(), allowed);
      real.write(part, position);
      throw new IOException("No space left on device");
    }
    return real.write(source, position);
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    int written = write(source, real.position());
    real.position(real.position() + written);
    return written;
  }

  @Override
  public long write(ByteBuffer[] sources, int offset, int length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    return real.read(target);
  }

  @Override
  public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
    return real.read(targets, offset, length);
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    return real.read(target, position);
  }

  @Override
  public long position() throws IOException {
    return real.position();
  }

  @Override
  public FileChannel position(long newPosition) throws IOException {
    real.position(newPosition);
    return this;
  }

  @Override
  public long size() throws IOException {
    return real.size();
  }

  @Override
  public FileChannel truncate(long size) throws IOException {
    real.truncate(size);
    return this;
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
    return real.transferTo(position, count, target);
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long position, long count)
      throws IOException {
    return real.transferFrom(source, position, count);
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long position, long size) {
    throw new UnsupportedOperationException("logs are not mapped");
  }

  @Override
  public FileLock lock(long position, long size, boolean shared) throws IOException {
    return real.lock(position, size, shared);
  }

  @Override
  public FileLock tryLock(long position, long size, boolean shared) throws IOException {
    return real.tryLock(position, size, shared);
  }

  @Override
  protected void implCloseChannel() throws IOException {
    real.close();
  }
}
