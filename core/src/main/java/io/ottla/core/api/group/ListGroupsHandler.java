package io.ottla.core.api.group;

import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.Responses;
import io.ottla.network.api.InboundRequest;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.ListGroupsRequestData;
import org.apache.kafka.common.message.ListGroupsResponseData;
import org.apache.kafka.common.message.ListGroupsResponseData.ListedGroup;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** ListGroups: the groups this broker coordinates; clients ask every broker. */
public final class ListGroupsHandler implements ApiHandler<ListGroupsRequestData> {
  private record Part(Errors error, List<ListedGroup> groups) {}

  private final GroupRouter router;

  public ListGroupsHandler(GroupRouter router) {
    this.router = router;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.LIST_GROUPS;
  }

  @Override
  public Class<ListGroupsRequestData> requestType() {
    return ListGroupsRequestData.class;
  }

  @Override
  public void handle(InboundRequest request, ListGroupsRequestData body) {
    Set<String> states = lowerCase(body.statesFilter());
    Set<String> types = lowerCase(body.typesFilter());
    List<CompletableFuture<Part>> parts =
        router.askAll(
            error -> new Part(error, List.of()),
            (groups, now, reply) ->
                groups.listGroups(
                    states,
                    types,
                    new io.ottla.coordination.group.Reply<List<ListedGroup>>() {
                      @Override
                      public void complete(List<ListedGroup> list) {
                        reply.complete(new Part(Errors.NONE, list));
                      }

                      @Override
                      public void fail(Errors error) {
                        reply.fail(error);
                      }
                    }));
    Responses.respondWhenDone(request, Responses.all(parts).thenApply(ListGroupsHandler::response));
  }

  /** A partition that is being loaded makes the whole list incomplete, which is said. */
  private static ListGroupsResponseData response(List<Part> parts) {
    ListGroupsResponseData response = new ListGroupsResponseData();
    for (Part part : parts) {
      response.groups().addAll(part.groups());
      // One that moved away meanwhile is listed by its new coordinator.
      if (part.error() != Errors.NONE && part.error() != Errors.NOT_COORDINATOR) {
        boolean loading = part.error() == Errors.COORDINATOR_LOAD_IN_PROGRESS;
        response.setErrorCode((loading ? part.error() : Errors.COORDINATOR_NOT_AVAILABLE).code());
      }
    }
    return response;
  }

  private static Set<String> lowerCase(List<String> filter) {
    Set<String> set = new HashSet<>();
    filter.forEach(value -> set.add(value.toLowerCase(Locale.ROOT)));
    return set;
  }

  @Override
  public ListGroupsResponseData errorResponse(
      ListGroupsRequestData body, short version, Errors error, String message) {
    return new ListGroupsResponseData().setErrorCode(error.code());
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    counter.count(((ListGroupsResponseData) response).errorCode());
  }
}
