package io.ottla.core.api.group;

import io.ottla.coordination.group.Responses;
import io.ottla.coordination.group.WriteErrors;
import io.ottla.core.api.ApiHandler;
import io.ottla.network.api.InboundRequest;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** Heartbeat of a classic member. */
public final class HeartbeatHandler implements ApiHandler<HeartbeatRequestData> {
  private final GroupRouter router;

  public HeartbeatHandler(GroupRouter router) {
    this.router = router;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.HEARTBEAT;
  }

  @Override
  public Class<HeartbeatRequestData> requestType() {
    return HeartbeatRequestData.class;
  }

  @Override
  public void handle(InboundRequest request, HeartbeatRequestData body) {
    router.submit(
        body.groupId(),
        new RequestReply<HeartbeatResponseData>(
            request, response -> response, error -> Responses.heartbeat(whileUnavailable(error))),
        (groups, now, reply) -> groups.heartbeat(body, now, reply));
  }

  /** Sessions start anew once the groups are loaded: nothing is wrong with the member. */
  private static Errors whileUnavailable(Errors error) {
    return error == Errors.COORDINATOR_LOAD_IN_PROGRESS ? Errors.NONE : WriteErrors.forGroup(error);
  }

  @Override
  public HeartbeatResponseData errorResponse(
      HeartbeatRequestData body, short version, Errors error, String message) {
    return Responses.heartbeat(error);
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    counter.count(((HeartbeatResponseData) response).errorCode());
  }
}
