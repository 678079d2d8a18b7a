package io.ottla.core.api.group;

import io.ottla.coordination.group.WriteErrors;
import io.ottla.core.api.ApiHandler;
import io.ottla.network.api.InboundRequest;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** OffsetDelete: offsets of topics that no member of the group subscribes to. */
public final class OffsetDeleteHandler implements ApiHandler<OffsetDeleteRequestData> {
  private final GroupRouter router;

  public OffsetDeleteHandler(GroupRouter router) {
    this.router = router;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.OFFSET_DELETE;
  }

  @Override
  public Class<OffsetDeleteRequestData> requestType() {
    return OffsetDeleteRequestData.class;
  }

  @Override
  public void handle(InboundRequest request, OffsetDeleteRequestData body) {
    router.submit(
        body.groupId(),
        new RequestReply<OffsetDeleteResponseData>(
            request, response -> response, error -> failed(WriteErrors.forOffsets(error))),
        (groups, now, reply) -> groups.deleteOffsets(body, now, reply));
  }

  private static OffsetDeleteResponseData failed(Errors error) {
    return new OffsetDeleteResponseData().setErrorCode(error.code());
  }

  @Override
  public OffsetDeleteResponseData errorResponse(
      OffsetDeleteRequestData body, short version, Errors error, String message) {
    return failed(error);
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    counter.count(((OffsetDeleteResponseData) response).errorCode());
  }
}
