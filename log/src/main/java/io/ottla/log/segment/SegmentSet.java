package io.ottla.log.segment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The segments of a log, by rising base offset, never empty; the last is the one appended to.
 * Immutable: the writer swaps the whole set, so a reader that holds one sees a consistent log.
 */
public final class SegmentSet {
  private final Segment[] segments;

  private SegmentSet(Segment[] segments) {
    if (segments.length == 0) {
      throw new IllegalArgumentException("a log has at least one segment");
    }
    for (int i = 1; i < segments.length; i++) {
      if (segments[i - 1].baseOffset() >= segments[i].baseOffset()) {
        throw new IllegalArgumentException(
            "segments overlap: " + segments[i - 1] + " and " + segments[i]);
      }
    }
    this.segments = segments;
  }

  public static SegmentSet of(List<Segment> segments) {
    return new SegmentSet(segments.toArray(new Segment[0]));
  }

  public Segment active() {
    return segments[segments.length - 1];
  }

  public Segment get(int index) {
    return segments[index];
  }

  public int count() {
    return segments.length;
  }

  public List<Segment> asList() {
    return List.of(segments);
  }

  /** Index of the last segment with a base at or below {@code offset}; -1 when none. */
  public int floor(long offset) {
    int last = segments.length - 1;
    if (segments[last].baseOffset() <= offset) {
      return last;
    }
    int low = 0;
    int high = last;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (segments[middle].baseOffset() <= offset) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  public SegmentSet with(Segment segment) {
    Segment[] more = Arrays.copyOf(segments, segments.length + 1);
    more[segments.length] = segment;
    return new SegmentSet(more);
  }

  /** Without the first {@code count} segments. */
  public SegmentSet withoutFirst(int count) {
    return new SegmentSet(Arrays.copyOfRange(segments, count, segments.length));
  }

  /** The first {@code count} segments, then {@code last}. */
  public SegmentSet firstAnd(int count, Segment last) {
    List<Segment> kept = new ArrayList<>(Arrays.asList(segments).subList(0, count));
    kept.add(last);
    return of(kept);
  }

  public long sizeInBytes() {
    long sum = 0;
    for (Segment segment : segments) {
      sum += segment.size();
    }
    return sum;
  }
}
