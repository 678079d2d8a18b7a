package io.ottla.coordination.cluster;

/**
 * Producer ids that belong to the broker which allocated them.
 *
 * @param first first id
 * @param size how many
 */
public record ProducerIdBlock(long first, int size) {
  /** Ids per block, as in Kafka. */
  public static final int SIZE = 1000;
}
