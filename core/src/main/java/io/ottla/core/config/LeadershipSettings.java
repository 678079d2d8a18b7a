package io.ottla.core.config;

import java.time.Duration;

/**
 * Who may lead, when leaders move back to their preferred broker, and how long a stopping broker
 * waits for them to move.
 */
public record LeadershipSettings(
    boolean autoRebalance,
    int imbalancePercentage,
    Duration imbalanceCheckInterval,
    boolean controlledShutdown,
    Duration controlledShutdownTimeout) {

  static LeadershipSettings from(BrokerValues values) {
    long tries = 1L + values.intValue("controlled.shutdown.max.retries");
    long backoffMs = Math.min(60_000, values.longValue("controlled.shutdown.retry.backoff.ms"));
    return new LeadershipSettings(
        values.bool("auto.leader.rebalance.enable"),
        values.intValue("leader.imbalance.per.broker.percentage"),
        Duration.ofSeconds(values.longValue("leader.imbalance.check.interval.seconds")),
        values.bool("controlled.shutdown.enable"),
        Duration.ofMillis(Math.min(tries, 100) * backoffMs));
  }
}
