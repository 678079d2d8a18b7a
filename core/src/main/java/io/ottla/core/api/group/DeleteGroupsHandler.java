package io.ottla.core.api.group;

import io.ottla.coordination.group.WriteErrors;
import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.Responses;
import io.ottla.network.api.InboundRequest;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.DeleteGroupsRequestData;
import org.apache.kafka.common.message.DeleteGroupsResponseData;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResult;
import org.apache.kafka.common.message.DeleteGroupsResponseData.DeletableGroupResultCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** DeleteGroups: groups without members, with all their offsets. */
public final class DeleteGroupsHandler implements ApiHandler<DeleteGroupsRequestData> {
  private final GroupRouter router;

  public DeleteGroupsHandler(GroupRouter router) {
    this.router = router;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.DELETE_GROUPS;
  }

  @Override
  public Class<DeleteGroupsRequestData> requestType() {
    return DeleteGroupsRequestData.class;
  }

  @Override
  public void handle(InboundRequest request, DeleteGroupsRequestData body) {
    Set<String> distinct = new LinkedHashSet<>(body.groupsNames());
    List<CompletableFuture<DeletableGroupResult>> answers = new ArrayList<>(distinct.size());
    for (String groupId : distinct) {
      answers.add(
          router.ask(
              groupId,
              error -> failed(groupId, WriteErrors.forOffsets(error)),
              (groups, now, reply) -> groups.deleteGroup(groupId, now, reply)));
    }
    Responses.respondWhenDone(
        request, Responses.all(answers).thenApply(DeleteGroupsHandler::response));
  }

  private static DeleteGroupsResponseData response(List<DeletableGroupResult> results) {
    DeletableGroupResultCollection collection = new DeletableGroupResultCollection(results.size());
    results.forEach(collection::mustAdd);
    return new DeleteGroupsResponseData().setResults(collection);
  }

  private static DeletableGroupResult failed(String groupId, Errors error) {
    return new DeletableGroupResult().setGroupId(groupId).setErrorCode(error.code());
  }

  @Override
  public DeleteGroupsResponseData errorResponse(
      DeleteGroupsRequestData body, short version, Errors error, String message) {
    return response(
        new LinkedHashSet<>(body.groupsNames())
            .stream().map(group -> failed(group, error)).toList());
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    for (DeletableGroupResult result : ((DeleteGroupsResponseData) response).results()) {
      counter.count(result.errorCode());
    }
  }
}
