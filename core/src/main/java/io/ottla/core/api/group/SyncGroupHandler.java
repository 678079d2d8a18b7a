package io.ottla.core.api.group;

import io.ottla.coordination.group.Responses;
import io.ottla.coordination.group.WriteErrors;
import io.ottla.core.api.ApiHandler;
import io.ottla.network.api.InboundRequest;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** SyncGroup; answered when the leader's assignment is committed. */
public final class SyncGroupHandler implements ApiHandler<SyncGroupRequestData> {
  private final GroupRouter router;

  public SyncGroupHandler(GroupRouter router) {
    this.router = router;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.SYNC_GROUP;
  }

  @Override
  public Class<SyncGroupRequestData> requestType() {
    return SyncGroupRequestData.class;
  }

  @Override
  public void handle(InboundRequest request, SyncGroupRequestData body) {
    request.releaseFrame(); // this may wait for minutes
    if (request.version() >= 5 && (body.protocolType() == null || body.protocolName() == null)) {
      request.respond(
          io.ottla.network.api.OutboundResponse.message(
              Responses.syncError(Errors.INCONSISTENT_GROUP_PROTOCOL)));
      return;
    }
    router.submit(
        body.groupId(),
        new RequestReply<SyncGroupResponseData>(
            request,
            response -> response,
            error -> Responses.syncError(WriteErrors.forGroup(error))),
        (groups, now, reply) -> groups.sync(body, now, reply));
  }

  @Override
  public SyncGroupResponseData errorResponse(
      SyncGroupRequestData body, short version, Errors error, String message) {
    return Responses.syncError(error);
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    counter.count(((SyncGroupResponseData) response).errorCode());
  }
}
