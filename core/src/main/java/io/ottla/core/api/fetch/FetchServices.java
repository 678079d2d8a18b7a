package io.ottla.core.api.fetch;

import io.ottla.coordination.cluster.ClusterImage;
import io.ottla.core.api.LeaderEndpoints;
import io.ottla.core.api.TrafficMetrics;
import io.ottla.core.partition.Partitions;
import io.ottla.core.waiting.Deadlines;
import java.util.function.Supplier;

/** What every fetch of a broker shares; nothing of it is closed here. */
record FetchServices(
    Partitions partitions,
    Supplier<ClusterImage> image,
    LeaderEndpoints endpoints,
    Deadlines deadlines,
    TrafficMetrics metrics) {}
