package io.ottla.core.api.group;

import io.ottla.coordination.group.GroupState;
import io.ottla.coordination.group.WriteErrors;
import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.Responses;
import io.ottla.network.api.InboundRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.message.DescribeGroupsRequestData;
import org.apache.kafka.common.message.DescribeGroupsResponseData;
import org.apache.kafka.common.message.DescribeGroupsResponseData.DescribedGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** DescribeGroups: phase, protocol, members and their assignments. */
public final class DescribeGroupsHandler implements ApiHandler<DescribeGroupsRequestData> {
  /** From this version on an unknown group is an error, before it was a dead one. */
  private static final short UNKNOWN_IS_ERROR = 6;

  private static final int GROUP_OPERATIONS =
      1 << AclOperation.READ.code()
          | 1 << AclOperation.DELETE.code()
          | 1 << AclOperation.DESCRIBE.code();

  private final GroupRouter router;

  public DescribeGroupsHandler(GroupRouter router) {
    this.router = router;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.DESCRIBE_GROUPS;
  }

  @Override
  public Class<DescribeGroupsRequestData> requestType() {
    return DescribeGroupsRequestData.class;
  }

  @Override
  public void handle(InboundRequest request, DescribeGroupsRequestData body) {
    short version = request.version();
    boolean operations = body.includeAuthorizedOperations();
    List<CompletableFuture<DescribedGroup>> answers = new ArrayList<>(body.groups().size());
    for (String groupId : body.groups()) {
      answers.add(
          router
              .ask(
                  groupId,
                  error -> failed(groupId, WriteErrors.forGroup(error)),
                  (GroupRouter.Operation<DescribedGroup>)
                      (groups, now, reply) -> groups.describeGroup(groupId, reply))
              .thenApply(group -> fit(group, version, operations)));
    }
    Responses.respondWhenDone(
        request,
        Responses.all(answers)
            .thenApply(groups -> new DescribeGroupsResponseData().setGroups(groups)));
  }

  private static DescribedGroup fit(DescribedGroup group, short version, boolean operations) {
    if (operations && group.errorCode() == Errors.NONE.code()) {
      group.setAuthorizedOperations(GROUP_OPERATIONS);
    }
    boolean unknown = group.groupState().equals(GroupState.DEAD.wireName());
    if (version >= UNKNOWN_IS_ERROR && unknown && group.errorCode() == Errors.NONE.code()) {
      group
          .setErrorCode(Errors.GROUP_ID_NOT_FOUND.code())
          .setErrorMessage("Group " + group.groupId() + " not found.");
    }
    return group;
  }

  private static DescribedGroup failed(String groupId, Errors error) {
    return new DescribedGroup().setGroupId(groupId).setErrorCode(error.code());
  }

  @Override
  public DescribeGroupsResponseData errorResponse(
      DescribeGroupsRequestData body, short version, Errors error, String message) {
    return new DescribeGroupsResponseData()
        .setGroups(body.groups().stream().map(group -> failed(group, error)).toList());
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    for (DescribedGroup group : ((DescribeGroupsResponseData) response).groups()) {
      counter.count(group.errorCode());
    }
  }
}
