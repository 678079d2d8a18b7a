package io.ottla.core.api.group;

import io.ottla.coordination.group.WriteErrors;
import io.ottla.core.api.ApiHandler;
import io.ottla.network.api.InboundRequest;
import java.util.List;
import org.apache.kafka.common.message.LeaveGroupRequestData;
import org.apache.kafka.common.message.LeaveGroupRequestData.MemberIdentity;
import org.apache.kafka.common.message.LeaveGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** LeaveGroup: one member up to version 2, a list of members after it. */
public final class LeaveGroupHandler implements ApiHandler<LeaveGroupRequestData> {
  private static final short MEMBER_LIST = 3;

  private final GroupRouter router;

  public LeaveGroupHandler(GroupRouter router) {
    this.router = router;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.LEAVE_GROUP;
  }

  @Override
  public Class<LeaveGroupRequestData> requestType() {
    return LeaveGroupRequestData.class;
  }

  @Override
  public void handle(InboundRequest request, LeaveGroupRequestData body) {
    short version = request.version();
    LeaveGroupRequestData asList =
        version >= MEMBER_LIST
            ? body
            : new LeaveGroupRequestData()
                .setGroupId(body.groupId())
                .setMembers(List.of(new MemberIdentity().setMemberId(body.memberId())));
    router.submit(
        body.groupId(),
        new RequestReply<LeaveGroupResponseData>(
            request, response -> fit(response, version), error -> failed(error)),
        (groups, now, reply) -> groups.leave(asList, now, reply));
  }

  private static LeaveGroupResponseData failed(Errors error) {
    return new LeaveGroupResponseData().setErrorCode(WriteErrors.forGroup(error).code());
  }

  private static LeaveGroupResponseData fit(LeaveGroupResponseData response, short version) {
    if (version >= MEMBER_LIST || response.members().isEmpty()) {
      return response;
    }
    return new LeaveGroupResponseData().setErrorCode(response.members().get(0).errorCode());
  }

  @Override
  public LeaveGroupResponseData errorResponse(
      LeaveGroupRequestData body, short version, Errors error, String message) {
    return new LeaveGroupResponseData().setErrorCode(error.code());
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    LeaveGroupResponseData data = (LeaveGroupResponseData) response;
    counter.count(data.errorCode());
    data.members().forEach(member -> counter.count(member.errorCode()));
  }
}
