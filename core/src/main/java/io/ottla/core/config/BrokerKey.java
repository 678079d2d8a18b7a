package io.ottla.core.config;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/**
 * One broker configuration name. {@code defaultText} is null when the key is unset by default;
 * {@code validator} is null when every value of the type is allowed.
 */
public record BrokerKey(
    String name,
    ConfigDef.Type type,
    String defaultText,
    ConfigDef.Validator validator,
    Scope scope,
    Use use,
    String documentation) {

  /** Where a dynamic value may be stored. */
  public enum Scope {
    /** Only in the properties file. */
    STATIC,
    /** For all brokers or for one. */
    CLUSTER,
    /** Only for one broker. */
    BROKER
  }

  /** What a value of the key does. */
  public enum Use {
    /** A dynamic change applies at once. */
    LIVE,
    /** Read when the broker starts. */
    START,
    /** Accepted, has no effect. */
    IGNORED
  }

  public boolean sensitive() {
    return type == ConfigDef.Type.PASSWORD;
  }

  /**
   * The typed value of a text.
   *
   * @throws ConfigException when it is not of the type or out of range
   */
  public Object parse(String text) {
    Object value = ConfigDef.parseType(name, text, type);
    if (validator != null) {
      validator.ensureValid(name, value);
    }
    return value;
  }

  /** What a legal value looks like, for error messages: {@code int, >=1 (default 3)}. */
  public String expected() {
    return KeyText.expected(type, validator, defaultText);
  }
}
