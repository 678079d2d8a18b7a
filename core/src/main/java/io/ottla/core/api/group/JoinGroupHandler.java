package io.ottla.core.api.group;

import io.ottla.coordination.group.ClientOrigin;
import io.ottla.coordination.group.Responses;
import io.ottla.coordination.group.WriteErrors;
import io.ottla.core.api.ApiHandler;
import io.ottla.network.api.InboundRequest;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** JoinGroup; answered when the rebalance is, up to the rebalance timeout later. */
public final class JoinGroupHandler implements ApiHandler<JoinGroupRequestData> {
  private static final short NULLABLE_PROTOCOL_NAME = 7;

  private final GroupRouter router;

  public JoinGroupHandler(GroupRouter router) {
    this.router = router;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.JOIN_GROUP;
  }

  @Override
  public Class<JoinGroupRequestData> requestType() {
    return JoinGroupRequestData.class;
  }

  @Override
  public void handle(InboundRequest request, JoinGroupRequestData body) {
    request.releaseFrame(); // this may wait for minutes
    short version = request.version();
    String clientId = request.clientId() == null ? "" : request.clientId();
    String host = "/" + request.context().clientAddress().getAddress().getHostAddress();
    router.submit(
        body.groupId(),
        new RequestReply<JoinGroupResponseData>(
            request,
            response -> fit(response, version),
            error ->
                fit(Responses.joinError(body.memberId(), WriteErrors.forGroup(error)), version)),
        (groups, now, reply) ->
            groups.join(new ClientOrigin(clientId, host), body, version, now, reply));
  }

  private static JoinGroupResponseData fit(JoinGroupResponseData response, short version) {
    if (version < NULLABLE_PROTOCOL_NAME && response.protocolName() == null) {
      response.setProtocolName("");
    }
    return response;
  }

  @Override
  public JoinGroupResponseData errorResponse(
      JoinGroupRequestData body, short version, Errors error, String message) {
    return fit(Responses.joinError(body.memberId(), error), version);
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    counter.count(((JoinGroupResponseData) response).errorCode());
  }
}
