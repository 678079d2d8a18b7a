package io.ottla.tools.console;

import io.ottla.tools.cli.ToolException;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.serialization.Deserializer;

/** Makes deserializers from class names. */
final class Deserializers {
  private Deserializers() {}

  /**
   * The configured deserializer.
   *
   * @param className a class on the class path
   * @param prefix settings with this prefix are passed on without it, such as {@code
   *     key.deserializer.}
   */
  static Deserializer<?> create(
      String className, String prefix, Map<String, ?> properties, boolean isKey) {
    try {
      Class<? extends Deserializer<?>> type = deserializerClass(className);
      Deserializer<?> deserializer = type.getDeclaredConstructor().newInstance();
      Map<String, Object> settings = new HashMap<>(properties);
      properties.forEach(
          (key, value) -> {
            if (key.startsWith(prefix)) {
              settings.put(key.substring(prefix.length()), value);
            }
          });
      deserializer.configure(settings, isKey);
      return deserializer;
    } catch (ReflectiveOperationException | ClassCastException e) {
      throw new ToolException("'" + className + "' is not a deserializer on the class path", e);
    }
  }

  @SuppressWarnings("unchecked") // asSubclass has checked the class; only the type argument is open
  private static Class<? extends Deserializer<?>> deserializerClass(String className)
      throws ClassNotFoundException {
    return (Class<? extends Deserializer<?>>)
        Class.forName(className).asSubclass(Deserializer.class);
  }
}
