package io.ottla.core.api.metadata;

import io.ottla.core.api.ApiHandler;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;
import org.apache.kafka.common.message.ApiVersionsResponseData.FinalizedFeatureKey;
import org.apache.kafka.common.message.ApiVersionsResponseData.FinalizedFeatureKeyCollection;
import org.apache.kafka.common.message.ApiVersionsResponseData.SupportedFeatureKey;
import org.apache.kafka.common.message.ApiVersionsResponseData.SupportedFeatureKeyCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * ApiVersions: which keys and versions this broker serves, which is the list of its handlers.
 *
 * <ul>
 *   <li>A version we do not know is answered with UNSUPPORTED_VERSION and the full list, in the
 *       layout of version 0 (the network sees to that), so that the client can choose again.
 *   <li>Produce is advertised from version 0 although it starts at 3: librdkafka takes a missing
 *       version 0 to 2 for a broker without compression and headers (KAFKA-18659).
 *   <li>From version 5 a client says where it believes it is; if that is elsewhere it is told to
 *       bootstrap again (KIP-1242).
 *   <li>Features with a lowest version of 0 are left out before version 4, where clients choke on
 *       them (KAFKA-17492).
 * </ul>
 *
 * Immutable; the collections of the answer are shared between responses and only read.
 */
public final class ApiVersionsHandler implements ApiHandler<ApiVersionsRequestData> {
  private static final int MAX_SOFTWARE_TEXT = 256;

  /** A feature with the versions supported and the one in force (0: none). */
  public record Feature(String name, short minVersion, short maxVersion, short finalizedVersion) {}

  private final int brokerId;
  private final Supplier<String> clusterId;
  private final List<Feature> features;
  private final ApiVersionCollection versions;

  /**
   * @param others every other handler of this broker
   * @param features what the broker supports, perhaps nothing
   * @param clusterId known by the time requests arrive
   */
  public ApiVersionsHandler(
      List<ApiHandler<?>> others,
      List<Feature> features,
      int brokerId,
      Supplier<String> clusterId) {
    this.brokerId = brokerId;
    this.clusterId = clusterId;
    this.features = List.copyOf(features);
    List<ApiHandler<?>> all = new ArrayList<>(others);
    all.add(this);
    all.sort(Comparator.comparingInt(handler -> handler.apiKey().id));
    versions = new ApiVersionCollection(all.size());
    for (ApiHandler<?> handler : all) {
      short min =
          handler.apiKey() == ApiKeys.PRODUCE
              ? ApiKeys.PRODUCE_API_VERSIONS_RESPONSE_MIN_VERSION
              : handler.minVersion();
      versions.add(
          new ApiVersion()
              .setApiKey(handler.apiKey().id)
              .setMinVersion(min)
              .setMaxVersion(handler.maxVersion()));
    }
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.API_VERSIONS;
  }

  @Override
  public Class<ApiVersionsRequestData> requestType() {
    return ApiVersionsRequestData.class;
  }

  @Override
  public void handle(InboundRequest request, ApiVersionsRequestData body) {
    request.respond(OutboundResponse.message(answer(request, body)));
  }

  private ApiVersionsResponseData answer(InboundRequest request, ApiVersionsRequestData body) {
    short version = request.version();
    if (version < minVersion() || version > maxVersion()) {
      return errorResponse(body, version, Errors.UNSUPPORTED_VERSION, null);
    }
    if (version >= 3) {
      if (!isSoftwareText(body.clientSoftwareName())
          || !isSoftwareText(body.clientSoftwareVersion())) {
        return errorResponse(body, version, Errors.INVALID_REQUEST, null);
      }
      request.context().clientSoftware(body.clientSoftwareName(), body.clientSoftwareVersion());
    }
    boolean elsewhere =
        (body.clusterId() != null && !body.clusterId().equals(clusterId.get()))
            || (body.nodeId() >= 0 && body.nodeId() != brokerId);
    ApiVersionsResponseData response = new ApiVersionsResponseData().setApiKeys(versions);
    if (elsewhere) {
      return response.setErrorCode(Errors.REBOOTSTRAP_REQUIRED.code());
    }
    return withFeatures(response, version);
  }

  private ApiVersionsResponseData withFeatures(ApiVersionsResponseData response, short version) {
    if (version < 3 || features.isEmpty()) {
      return response;
    }
    SupportedFeatureKeyCollection supported = new SupportedFeatureKeyCollection();
    FinalizedFeatureKeyCollection finalised = new FinalizedFeatureKeyCollection();
    for (Feature feature : features) {
      if (version >= 4 || feature.minVersion() > 0) {
        supported.add(
            new SupportedFeatureKey()
                .setName(feature.name())
                .setMinVersion(feature.minVersion())
                .setMaxVersion(feature.maxVersion()));
      }
      if (feature.finalizedVersion() > 0) {
        finalised.add(
            new FinalizedFeatureKey()
                .setName(feature.name())
                .setMinVersionLevel(feature.finalizedVersion())
                .setMaxVersionLevel(feature.finalizedVersion()));
      }
    }
    return response
        .setSupportedFeatures(supported)
        .setFinalizedFeatures(finalised)
        .setFinalizedFeaturesEpoch(0);
  }

  @Override
  public ApiVersionsResponseData errorResponse(
      ApiVersionsRequestData body, short version, Errors error, String message) {
    ApiVersionsResponseData response = new ApiVersionsResponseData().setErrorCode(error.code());
    return error == Errors.UNSUPPORTED_VERSION ? response.setApiKeys(versions) : response;
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    counter.count(((ApiVersionsResponseData) response).errorCode());
  }

  /** Letters and digits, with '-' and '.' in between. */
  static boolean isSoftwareText(String text) {
    int length = text.length();
    if (length == 0 || length > MAX_SOFTWARE_TEXT) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      boolean inner = i > 0 && i < length - 1;
      boolean alphanumeric =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!alphanumeric && !(inner && (c == '-' || c == '.'))) {
        return false;
      }
    }
    return true;
  }
}
