package io.ottla.log.batch;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import org.xerial.snappy.SnappyOutputStream;

/** The compression codecs of a batch. */
public enum Codec {
  NONE(0),
  GZIP(1),
  SNAPPY(2),
  LZ4(3),
  ZSTD(4);

  private static final Codec[] BY_ID = {NONE, GZIP, SNAPPY, LZ4, ZSTD};
  private static final int SNAPPY_BLOCK_BYTES = 32 * 1024;
  private static final int STREAM_BUFFER_BYTES = 8 * 1024;
  private static final int ZSTD_LEVEL = 3;
  // 128 MB, what the highest level uses; memory is only touched as far as data fills it.
  private static final int ZSTD_WINDOW_LOG_MAX = 27;

  private final int id;

  Codec(int id) {
    this.id = id;
  }

  /** Whether {@code id} names a codec. */
  public static boolean isKnown(int id) {
    return id >= 0 && id < BY_ID.length;
  }

  /**
   * The codec with this id.
   *
   * @throws CorruptBatchException when there is no such codec
   */
  public static Codec byId(int id) {
    if (!isKnown(id)) {
      throw new CorruptBatchException("compression codec " + id + " is not known");
    }
    return BY_ID[id];
  }

  /** Its number in the attributes of a batch. */
  public int id() {
    return id;
  }

  /** A stream that compresses into {@code out}; close it to finish the frame. */
  OutputStream compress(OutputStream out) throws IOException {
    return switch (this) {
      case NONE -> out;
      case GZIP -> new GZIPOutputStream(out, STREAM_BUFFER_BYTES);
      case SNAPPY -> new SnappyOutputStream(out, SNAPPY_BLOCK_BYTES);
      case LZ4 ->
          new LZ4FrameOutputStream(
              out,
              LZ4FrameOutputStream.BLOCKSIZE.SIZE_64KB,
              LZ4FrameOutputStream.FLG.Bits.BLOCK_INDEPENDENCE);
      case ZSTD -> new ZstdOutputStreamNoFinalizer(out, ZSTD_LEVEL);
    };
  }

  /**
   * A stream of the decompressed bytes of {@code in}.
   *
   * @param maxBlockBytes most bytes one block may decompress to, for codecs that hold whole blocks
   */
  InputStream decompress(InputStream in, long maxBlockBytes) throws IOException {
    return switch (this) {
      case NONE -> in;
      case GZIP -> new GZIPInputStream(in, STREAM_BUFFER_BYTES);
      case SNAPPY -> new SnappyFrameInputStream(in, maxBlockBytes);
      case LZ4 -> new LZ4FrameInputStream(in, true);
      case ZSTD -> {
        ZstdInputStreamNoFinalizer stream = new ZstdInputStreamNoFinalizer(in);
        stream.setLongMax(ZSTD_WINDOW_LOG_MAX);
        yield stream;
      }
    };
  }
}
