package io.ottla.coordination.cluster;

/**
 * Is told of every published image, in order, on the cluster-events thread. Must not block:
 * everybody waits for it.
 */
@FunctionalInterface
public interface ImageListener {
  /**
   * Called once for each published image.
   *
   * @param previous the image before; at first the empty one
   * @param current the image now
   * @param delta how they differ; never empty except at the first call
   */
  void onImage(ClusterImage previous, ClusterImage current, ImageDelta delta);
}
