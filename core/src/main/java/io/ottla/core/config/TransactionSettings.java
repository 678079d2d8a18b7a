package io.ottla.core.config;

/** Transactions and the topic that keeps their state. */
public record TransactionSettings(
    int partitions,
    short replicationFactor,
    int minIsr,
    int segmentBytes,
    int loadBufferBytes,
    int maxTimeoutMs,
    int idExpirationMs,
    int abortTimedOutIntervalMs,
    int removeExpiredIntervalMs,
    boolean partitionVerification) {

  static TransactionSettings from(BrokerValues values) {
    return new TransactionSettings(
        values.intValue("transaction.state.log.num.partitions"),
        values.shortValue("transaction.state.log.replication.factor"),
        values.intValue("transaction.state.log.min.isr"),
        values.intValue("transaction.state.log.segment.bytes"),
        values.intValue("transaction.state.log.load.buffer.size"),
        values.intValue("transaction.max.timeout.ms"),
        values.intValue("transactional.id.expiration.ms"),
        values.intValue("transaction.abort.timed.out.transaction.cleanup.interval.ms"),
        values.intValue("transaction.remove.expired.transaction.cleanup.interval.ms"),
        values.bool("transaction.partition.verification.enable"));
  }
}
