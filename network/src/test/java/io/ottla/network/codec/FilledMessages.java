package io.ottla.network.codec;

import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * Fills every field of a generated message, as far as a version has it, with random values and
 * every list with two elements. A field the version refuses keeps its default.
 */
public final class FilledMessages {
  private final Random random;

  public FilledMessages(long seed) {
    this.random = new Random(seed);
  }

  /** Fills the message in place and returns it. */
  public <T extends Message> T fill(T message, short version) {
    try {
      Method[] methods = message.getClass().getMethods();
      List<Method> setters = new ArrayList<>();
      for (Method method : methods) {
        if (method.getName().startsWith("set") && method.getParameterCount() == 1) {
          setters.add(method);
        }
      }
      setters.sort(Comparator.comparing(Method::getName));
      Message defaults = message.getClass().getConstructor().newInstance();
      for (Method setter : setters) {
        String name = setter.getName().substring(3);
        String getter = Character.toLowerCase(name.charAt(0)) + name.substring(1);
        if (getter.equals("prev") || getter.equals("next")) {
          continue;
        }
        setter.invoke(message, value(setter.getGenericParameterTypes()[0], version));
        if (!isWritable(message, version)) {
          setter.invoke(message, message.getClass().getMethod(getter).invoke(defaults));
        }
      }
      return message;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot fill " + message.getClass(), e);
    }
  }

  private static boolean isWritable(Message message, short version) {
    try {
      message.addSize(new MessageSizeAccumulator(), new ObjectSerializationCache(), version);
      message.write(new NullWritable(), new ObjectSerializationCache(), version);
      return true;
    } catch (UnsupportedVersionException | NullPointerException e) {
      return false;
    }
  }

  private Object value(Type type, short version) throws ReflectiveOperationException {
    if (type instanceof ParameterizedType list) {
      Type element = list.getActualTypeArguments()[0];
      List<Object> values = new ArrayList<>();
      values.add(value(element, version));
      values.add(value(element, version));
      return values;
    }
    Class<?> c = (Class<?>) type;
    if (c == boolean.class || c == Boolean.class) {
      return true;
    } else if (c == byte.class || c == Byte.class) {
      return (byte) random.nextInt(128);
    } else if (c == short.class || c == Short.class) {
      return (short) random.nextInt(30_000);
    } else if (c == int.class || c == Integer.class) {
      // Unsigned 16-bit fields are ints in Java.
      return random.nextInt(60_000);
    } else if (c == long.class || c == Long.class) {
      return (long) random.nextInt(Integer.MAX_VALUE);
    } else if (c == double.class || c == Double.class) {
      return random.nextDouble();
    } else if (c == String.class) {
      return "s\u00e4\u20ac" + random.nextInt(1_000_000);
    } else if (c == byte[].class) {
      return bytes(random.nextInt(40));
    } else if (c == ByteBuffer.class) {
      return ByteBuffer.wrap(bytes(1 + random.nextInt(40)));
    } else if (c == Uuid.class) {
      return new Uuid(random.nextLong(), random.nextLong());
    } else if (BaseRecords.class.isAssignableFrom(c)) {
      return MemoryRecords.readableRecords(ByteBuffer.wrap(bytes(1 + random.nextInt(200))));
    } else if (Message.class.isAssignableFrom(c)) {
      return fill((Message) c.getConstructor().newInstance(), version);
    } else if (Collection.class.isAssignableFrom(c)) {
      return collection(c, version);
    }
    throw new IllegalStateException("No value for " + type);
  }

  private Object collection(Class<?> type, short version) throws ReflectiveOperationException {
    Constructor<?> constructor = type.getConstructor();
    Object collection = constructor.newInstance();
    Type element = ((ParameterizedType) type.getGenericSuperclass()).getActualTypeArguments()[0];
    Method add = null;
    for (Method method : type.getMethods()) {
      if (method.getName().equals("add")
          && method.getParameterCount() == 1
          && method.getParameterTypes()[0] != Object.class) {
        add = method;
      }
    }
    add.invoke(collection, value(element, version));
    add.invoke(collection, value(element, version));
    return collection;
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
