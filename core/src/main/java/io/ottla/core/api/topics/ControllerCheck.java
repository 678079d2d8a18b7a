package io.ottla.core.api.topics;

import io.ottla.coordination.cluster.Coordination;
import org.apache.kafka.common.errors.NotControllerException;

/** Refuses what only the controller does. */
public final class ControllerCheck {
  private ControllerCheck() {}

  /**
   * Returns when this broker is the controller.
   *
   * @throws NotControllerException naming who is, when it is known
   */
  public static void require(Coordination coordination) {
    if (!coordination.admin().isController()) {
      int controller = coordination.image().controllerId();
      throw new NotControllerException(
          controller < 0
              ? "There is no controller at the moment"
              : "Broker " + controller + " is the controller, not this one");
    }
  }
}
