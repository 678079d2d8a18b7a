package io.ottla.core.config;

import java.util.Optional;

/** Who this broker is. {@code brokerId} is -1 when it is to be generated. */
public record IdentitySettings(
    int brokerId, boolean generateId, int reservedMaxId, Optional<String> rack) {

  static IdentitySettings from(BrokerValues values) {
    IdentitySettings settings =
        new IdentitySettings(
            values.intValue("broker.id"),
            values.bool("broker.id.generation.enable"),
            values.intValue("reserved.broker.max.id"),
            values.optionalString("broker.rack"));
    if (settings.brokerId < 0 && !settings.generateId) {
      values.problem(
          "broker.id", "give the broker an id of its own, or set broker.id.generation.enable=true");
    }
    if (settings.generateId && settings.brokerId > settings.reservedMaxId) {
      values.problem(
          "broker.id",
          "ids above reserved.broker.max.id="
              + settings.reservedMaxId
              + " are generated ones: choose a smaller id, raise reserved.broker.max.id, or set"
              + " broker.id.generation.enable=false");
    }
    return settings;
  }
}
