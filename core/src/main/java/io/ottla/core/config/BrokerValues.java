package io.ottla.core.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.apache.kafka.common.config.ConfigException;

/**
 * Typed access to the values of broker keys while records are made of them. Problems are collected,
 * not thrown: after the first one the default stands in, so that one run reports all. Used by one
 * thread.
 */
final class BrokerValues {
  private final ConfigLayers layers;
  private final String origin;
  private final List<String> problems = new ArrayList<>();

  BrokerValues(ConfigLayers layers, String origin) {
    this.layers = layers;
    this.origin = origin;
  }

  List<String> problems() {
    return problems;
  }

  /** Checks every value of the file, also those nobody reads. */
  void checkFile() {
    for (BrokerKey key : BrokerKeys.all()) {
      String text = layers.file().get(key.name());
      if (text != null) {
        try {
          key.parse(text);
        } catch (ConfigException e) {
          problem(key.name(), "set it to a value of: " + key.expected());
        }
      }
    }
  }

  /** Records a problem of a key; {@code fix} is what to do, as an imperative. */
  void problem(String name, String fix) {
    String text = layers.text(BrokerKeys.require(name));
    boolean secret = BrokerKeys.require(name).sensitive();
    String shown = text == null ? " (not set)" : "=" + (secret ? "[hidden]" : text);
    problems.add(name + shown + " in " + origin + ": " + fix);
  }

  /** Whether the key is set anywhere, to whatever value. */
  boolean isSet(String name) {
    return layers.broker().containsKey(name)
        || layers.defaults().containsKey(name)
        || layers.file().containsKey(name);
  }

  int intValue(String name) {
    return require(name, Integer.class::cast);
  }

  long longValue(String name) {
    return require(name, value -> ((Number) value).longValue());
  }

  short shortValue(String name) {
    return require(name, Short.class::cast);
  }

  boolean bool(String name) {
    return require(name, Boolean.class::cast);
  }

  String string(String name) {
    return require(name, String.class::cast);
  }

  Optional<String> optionalString(String name) {
    return optional(name, String.class::cast).map(String::trim).filter(text -> !text.isEmpty());
  }

  Optional<Integer> optionalInt(String name) {
    return optional(name, Integer.class::cast);
  }

  private <T> T require(String name, Function<Object, T> cast) {
    return optional(name, cast)
        .orElseThrow(() -> new IllegalStateException(name + " has neither value nor default"));
  }

  private <T> Optional<T> optional(String name, Function<Object, T> cast) {
    BrokerKey key = BrokerKeys.require(name);
    String text = layers.text(key);
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(cast.apply(key.parse(text)));
    } catch (ConfigException e) {
      // checkFile has reported it.
      return Optional.ofNullable(key.defaultText()).map(key::parse).map(cast);
    }
  }

  Map<String, String> file() {
    return Objects.requireNonNull(layers.file());
  }
}
