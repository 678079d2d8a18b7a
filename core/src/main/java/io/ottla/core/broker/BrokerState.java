package io.ottla.core.broker;

/** What a broker is doing, with the number of Kafka's gauge {@code BrokerState}. */
public enum BrokerState {
  NOT_RUNNING(0),
  STARTING(1),
  RECOVERY(2),
  RUNNING(3),
  PENDING_CONTROLLED_SHUTDOWN(6),
  SHUTTING_DOWN(7);

  private final int code;

  BrokerState(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }
}
