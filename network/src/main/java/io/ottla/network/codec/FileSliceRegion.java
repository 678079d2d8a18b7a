package io.ottla.network.codec;

import io.netty.channel.DefaultFileRegion;
import io.ottla.network.api.FileSlice;

/**
 * A file slice on its way out by sendfile. Extends {@link DefaultFileRegion} because only that
 * class has the native fast path; closes the slice instead of the file when the last reference is
 * gone.
 */
final class FileSliceRegion extends DefaultFileRegion {
  private final FileSlice slice;

  FileSliceRegion(FileSlice slice) {
    super(slice.channel(), slice.position(), slice.size());
    this.slice = slice;
  }

  @Override
  protected void deallocate() {
    slice.close();
  }
}
