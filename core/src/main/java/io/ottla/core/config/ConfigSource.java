package io.ottla.core.config;

/** Where a value comes from, with the code DescribeConfigs answers. */
public enum ConfigSource {
  UNKNOWN(0),
  TOPIC(1),
  DYNAMIC_BROKER(2),
  DYNAMIC_DEFAULT_BROKER(3),
  STATIC_BROKER(4),
  DEFAULT(5),
  BROKER_LOGGER(6);

  private final byte code;

  ConfigSource(int code) {
    this.code = (byte) code;
  }

  public byte code() {
    return code;
  }
}
