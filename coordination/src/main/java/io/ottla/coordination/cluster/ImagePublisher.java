package io.ottla.coordination.cluster;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the newest image and tells listeners of each in order, even when a listener causes the next
 * one. Confined to the event thread, except for {@link #image()}.
 */
public final class ImagePublisher {
  private static final Logger LOG = LoggerFactory.getLogger(ImagePublisher.class);

  private record Publication(ClusterImage previous, ClusterImage current, ImageDelta delta) {}

  private final List<ImageListener> listeners = new CopyOnWriteArrayList<>();
  private final List<ImageListener> last = new CopyOnWriteArrayList<>();
  private final Deque<Publication> untold = new ArrayDeque<>();
  private volatile ClusterImage image = ClusterImage.EMPTY;
  private ClusterImage told = ClusterImage.EMPTY;
  private boolean telling;

  /** The newest image; from any thread. */
  public ClusterImage image() {
    return image;
  }

  /** Adds a listener and brings it up to date with what the others have been told. */
  public void add(ImageListener listener) {
    welcome(listener);
    listeners.add(listener);
  }

  /** Adds a listener that is told of an image after all those of {@link #add}. */
  public void addLast(ImageListener listener) {
    welcome(listener);
    last.add(listener);
  }

  private void welcome(ImageListener listener) {
    tell(
        listener,
        new Publication(ClusterImage.EMPTY, told, ImageDelta.between(ClusterImage.EMPTY, told)));
  }

  /** Builds the next image and publishes it, unless nothing changed. */
  public void update(Consumer<ClusterImage.Builder> changes) {
    ClusterImage previous = image;
    ClusterImage.Builder builder = previous.toBuilder();
    changes.accept(builder);
    ClusterImage next = builder.build();
    ImageDelta delta = builder.delta(next);
    if (delta.isEmpty() && next.clusterId().equals(previous.clusterId())) {
      return;
    }
    image = next;
    untold.add(new Publication(previous, next, delta));
    if (!telling) {
      tellAll();
    }
  }

  private void tellAll() {
    telling = true;
    try {
      for (Publication next = untold.poll(); next != null; next = untold.poll()) {
        told = next.current();
        for (ImageListener listener : listeners) {
          tell(listener, next);
        }
        for (ImageListener listener : last) {
          tell(listener, next);
        }
      }
    } finally {
      telling = false;
    }
  }

  private static void tell(ImageListener listener, Publication publication) {
    try {
      listener.onImage(publication.previous(), publication.current(), publication.delta());
    } catch (RuntimeException e) {
      LOG.error(
          "Image listener {} failed at {}; this is a defect", listener, publication.current(), e);
    }
  }
}
