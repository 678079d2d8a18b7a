package io.ottla.core.config;

/** Limits of fetching and of describing. */
public record FetchSettings(int maxBytes, int sessionSlots, int describePartitionLimit) {
  static FetchSettings from(BrokerValues values) {
    return new FetchSettings(
        values.intValue("fetch.max.bytes"),
        values.intValue("max.incremental.fetch.session.cache.slots"),
        values.intValue("max.request.partition.size.limit"));
  }
}
