package io.ottla.log.batch;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.xerial.snappy.Snappy;

/**
 * Reads the framing Kafka clients put around snappy: a 16 byte header (magic, version, compatible
 * version), then blocks of a 4 byte length and that many compressed bytes. Input without the magic
 * is taken as one bare snappy block, as some clients send. A block that claims to decompress to
 * more than the limit is refused before anything is allocated for it.
 */
final class SnappyFrameInputStream extends InputStream {
  private static final byte[] MAGIC = {(byte) 0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
  private static final int HEADER_BYTES = 16;

  private final InputStream in;
  private final long maxBlockBytes;
  private byte[] block = new byte[0];
  private int at;
  private boolean bare;

  SnappyFrameInputStream(InputStream in, long maxBlockBytes) throws IOException {
    this.in = in;
    this.maxBlockBytes = maxBlockBytes;
    byte[] header = in.readNBytes(HEADER_BYTES);
    if (header.length < HEADER_BYTES
        || !Arrays.equals(header, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      bare = true;
      byte[] rest = in.readAllBytes();
      byte[] whole = Arrays.copyOf(header, header.length + rest.length);
      System.arraycopy(rest, 0, whole, header.length, rest.length);
      if (whole.length > 0) {
        block = decompress(whole);
      }
    }
  }

  @Override
  public int read() throws IOException {
    return fill() ? block[at++] & 0xFF : -1;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int count = Math.min(length, block.length - at);
    System.arraycopy(block, at, target, offset, count);
    at += count;
    return count;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private boolean fill() throws IOException {
    while (at == block.length) {
      if (bare) {
        return false;
      }
      byte[] prefix = in.readNBytes(4);
      if (prefix.length == 0) {
        return false;
      }
      int length = prefix.length < 4 ? -1 : intAt(prefix);
      if (length < 0) {
        throw new IOException("snappy block with length " + length);
      }
      byte[] compressed = in.readNBytes(length);
      if (compressed.length < length) {
        throw new IOException("snappy block cut at " + compressed.length + " of " + length);
      }
      block = decompress(compressed);
      at = 0;
    }
    return true;
  }

  private byte[] decompress(byte[] compressed) throws IOException {
    int size = Snappy.uncompressedLength(compressed);
    if (size < 0 || size > maxBlockBytes) {
      throw new IOException("snappy block of " + size + " bytes, limit " + maxBlockBytes);
    }
    byte[] out = new byte[size];
    int written = Snappy.uncompress(compressed, 0, compressed.length, out, 0);
    if (written != size) {
      throw new IOException("snappy block gave " + written + " of " + size + " bytes");
    }
    return out;
  }

  private static int intAt(byte[] b) {
    return (b[0] & 0xFF) << 24 | (b[1] & 0xFF) << 16 | (b[2] & 0xFF) << 8 | (b[3] & 0xFF);
  }
}
