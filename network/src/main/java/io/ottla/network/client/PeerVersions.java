package io.ottla.network.client;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.protocol.ApiKeys;

/** The versions a peer offered in its ApiVersions answer. Immutable. */
final class PeerVersions {
  private record Range(short min, short max) {}

  private final Map<Short, Range> ranges = new HashMap<>();

  PeerVersions(ApiVersionsResponseData offered) {
    for (ApiVersion api : offered.apiKeys()) {
      ranges.put(api.apiKey(), new Range(api.minVersion(), api.maxVersion()));
    }
  }

  /** The highest version both sides know, -1 for none. */
  short highestCommon(ApiKeys key) {
    Range peer = ranges.get(key.id);
    if (peer == null) {
      return -1;
    }
    short max = (short) Math.min(peer.max, key.latestVersion());
    return max < Math.max(peer.min, key.oldestVersion()) ? -1 : max;
  }
}
