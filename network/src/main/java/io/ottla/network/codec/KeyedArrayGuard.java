package io.ottla.network.codec;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.Readable;

/**
 * Refuses arrays whose keys collide, before the generated code reads them.
 *
 * <p>Some generated messages keep an array in a hash collection with linear probing. It takes cubic
 * time when many keys fall on one slot - more than a second for a thousand empty names, two
 * kilobytes on the wire - and anyone can choose such keys. So an array of more than {@value
 * #UNCHECKED} elements, in a message that has such collections, is read once beforehand, and the
 * collection's slots are played through with the hash codes alone.
 *
 * <p>Which array it is, is seen from the generated class that asks for the bytes left: the array is
 * tried as each of that class's keyed collections (one, in all but two classes), and refused when
 * its keys collide in all of those as which it can be read. Immutable.
 */
final class KeyedArrayGuard {
  /** Arrays up to this many elements cost little whatever the keys. */
  static final int UNCHECKED = 64;

  /**
   * Allowed sum of squared probe distances; a rehash takes some 3 ns for each. Ordinary numbered
   * names ("topic-1", "topic-2") are unlucky keys for linear probing: 500 of them reach 8 million,
   * 30,000 of them 50 million.
   */
  private static final long BASE_COST = 12_000_000;

  private static final long COST_PER_ELEMENT = 1_500;
  private static final int MAX_COSTED_ELEMENTS = 50_000;

  /** What the generated code sizes a collection for at most, before it reads the elements. */
  private static final int MAX_INITIAL_ELEMENTS = 1_000;

  private static final StackWalker STACK =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

  /** Constructors of the elements of a class's keyed collections. */
  private static final ClassValue<List<Constructor<?>>> ELEMENTS =
      new ClassValue<>() {
        @Override
        protected List<Constructor<?>> computeValue(Class<?> container) {
          return keyedElements(container);
        }
      };

  /** Whether a message class or one within it has keyed collections. */
  private static final ClassValue<Boolean> HAS_KEYED =
      new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> message) {
          return Arrays.stream(message.getDeclaredClasses())
              .anyMatch(Collection.class::isAssignableFrom);
        }
      };

  private final short version;

  private KeyedArrayGuard(short version) {
    this.version = version;
  }

  /** The guard of a message class in one version; null when it has no keyed collection. */
  static KeyedArrayGuard of(Class<?> message, short version) {
    return HAS_KEYED.get(message) ? new KeyedArrayGuard(version) : null;
  }

  /**
   * Checks the array of {@code count} elements that begins where {@code reader} stands, which is
   * not moved.
   *
   * @throws MalformedMessageException when its keys collide too often
   */
  void check(MessageReader reader, int count) {
    Class<?> container =
        STACK.walk(
            frames ->
                frames
                    .map(StackWalker.StackFrame::getDeclaringClass)
                    .filter(Message.class::isAssignableFrom)
                    .findFirst()
                    .orElseThrow());
    boolean collides = false;
    for (Constructor<?> element : ELEMENTS.get(container)) {
      int[] hashes = hashes(element, reader.fork(this), count);
      if (hashes != null) {
        collides = rehashCost(hashes) > maxCost(count);
        if (!collides) {
          return;
        }
      }
    }
    if (collides) {
      throw new CollidingKeysException(
          "The keys of an array of " + count + " elements collide too often");
    }
  }

  /** Hash codes of the elements, null when the array is not of such elements. */
  private int[] hashes(Constructor<?> element, MessageReader reader, int count) {
    int[] hashes = new int[count];
    try {
      for (int i = 0; i < count; i++) {
        hashes[i] = element.newInstance(reader, version).hashCode();
      }
      return hashes;
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof CollidingKeysException colliding) {
        throw colliding;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      return null;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot construct " + element, e);
    }
  }

  static long maxCost(int count) {
    return BASE_COST + COST_PER_ELEMENT * Math.min(count, MAX_COSTED_ELEMENTS);
  }

  /** Plays the collection's growth through: capacity 2n + 1, again whenever it is half full. */
  static long rehashCost(int[] hashes) {
    int count = hashes.length;
    long limit = maxCost(count);
    long cost = 0;
    long capacity = 2L * Math.min(count, MAX_INITIAL_ELEMENTS) + 1;
    while (true) {
      int fits = (int) Math.min(count, capacity / 2);
      cost += fillCost(hashes, fits, (int) capacity, limit);
      if (fits == count || cost > limit) {
        return cost;
      }
      capacity = 2 * capacity + 1;
    }
  }

  private static long fillCost(int[] hashes, int count, int capacity, long limit) {
    boolean[] taken = new boolean[capacity];
    long cost = 0;
    for (int i = 0; i < count && cost <= limit; i++) {
      int slot = (hashes[i] & Integer.MAX_VALUE) % capacity;
      long distance = 0;
      while (taken[slot]) {
        slot = slot + 1 == capacity ? 0 : slot + 1;
        distance++;
      }
      taken[slot] = true;
      cost += distance * distance;
    }
    return cost;
  }

  private static List<Constructor<?>> keyedElements(Class<?> container) {
    List<Constructor<?>> found = new ArrayList<>();
    for (Field field : container.getDeclaredFields()) {
      Class<?> collection = field.getType();
      if (!Collection.class.isAssignableFrom(collection) || collection.isInterface()) {
        continue;
      }
      ParameterizedType type = (ParameterizedType) collection.getGenericSuperclass();
      Class<?> element = (Class<?>) type.getActualTypeArguments()[0];
      try {
        found.add(element.getConstructor(Readable.class, short.class));
      } catch (NoSuchMethodException e) {
        throw new IllegalStateException("No reading constructor in " + element, e);
      }
    }
    return List.copyOf(found);
  }

  /** Unlike other malformed bytes, this is certain whatever the array was tried as. */
  private static final class CollidingKeysException extends MalformedMessageException {
    CollidingKeysException(String message) {
      super(message);
    }
  }
}
