package io.ottla.core.api.topics;

import io.ottla.coordination.cluster.Coordination;
import io.ottla.coordination.cluster.PartitionImage;
import io.ottla.coordination.cluster.TopicImage;
import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.Responses;
import io.ottla.network.api.InboundRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.ReassignmentInProgressException;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * CreatePartitions: on the controller only. A topic gets more partitions, placed by the controller
 * or as the client says; it is answered when all of them have leaders in this broker's image.
 */
public final class CreatePartitionsHandler implements ApiHandler<CreatePartitionsRequestData> {
  private final Coordination coordination;

  public CreatePartitionsHandler(Coordination coordination) {
    this.coordination = coordination;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.CREATE_PARTITIONS;
  }

  @Override
  public Class<CreatePartitionsRequestData> requestType() {
    return CreatePartitionsRequestData.class;
  }

  @Override
  public boolean mayBlock() {
    return true;
  }

  @Override
  public void handle(InboundRequest request, CreatePartitionsRequestData body) {
    ControllerCheck.require(coordination);
    AdminTimeout timeout = new AdminTimeout(body.timeoutMs());
    List<CompletableFuture<CreatePartitionsTopicResult>> results = new ArrayList<>();
    // The schema's collection holds each name once.
    for (CreatePartitionsTopic topic : body.topics()) {
      results.add(
          grow(topic, body.validateOnly(), timeout)
              .handle(
                  (done, failure) ->
                      failure == null
                          ? new CreatePartitionsTopicResult().setName(topic.name())
                          : failed(topic.name(), failure)));
    }
    Responses.respondWhenDone(
        request,
        Responses.all(results)
            .thenApply(
                topics -> new CreatePartitionsResponseData().setResults(new ArrayList<>(topics))));
  }

  private CompletableFuture<Void> grow(
      CreatePartitionsTopic asked, boolean validateOnly, AdminTimeout timeout) {
    try {
      refuseDuringReassignment(asked.name());
      CompletableFuture<Void> grown =
          coordination
              .admin()
              .createPartitions(
                  asked.name(),
                  asked.count(),
                  assignments(asked),
                  validateOnly,
                  timeout.duration());
      return validateOnly
          ? grown
          : timeout.bound(grown, "Adding partitions to topic " + asked.name());
    } catch (RuntimeException refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  private void refuseDuringReassignment(String name) {
    TopicImage topic = coordination.image().topic(name);
    if (topic == null) {
      return; // refused by the controller's plan, like all that concerns numbers and brokers
    }
    for (PartitionImage partition : topic.partitions()) {
      if (!partition.adding().isEmpty() || !partition.removing().isEmpty()) {
        throw new ReassignmentInProgressException(
            "Partition "
                + name
                + "-"
                + partition.partition()
                + " is being reassigned; add partitions when that is done");
      }
    }
  }

  private static List<List<Integer>> assignments(CreatePartitionsTopic asked) {
    return asked.assignments() == null
        ? List.of()
        : asked.assignments().stream().map(given -> List.copyOf(given.brokerIds())).toList();
  }

  private static CreatePartitionsTopicResult failed(String topic, Throwable failure) {
    Responses.ItemError error = Responses.itemError(failure, "more partitions of topic " + topic);
    return errorResult(topic, error.error(), error.message());
  }

  private static CreatePartitionsTopicResult errorResult(
      String topic, Errors error, String message) {
    return new CreatePartitionsTopicResult()
        .setName(topic)
        .setErrorCode(error.code())
        .setErrorMessage(message);
  }

  @Override
  public CreatePartitionsResponseData errorResponse(
      CreatePartitionsRequestData body, short version, Errors error, String message) {
    CreatePartitionsResponseData response = new CreatePartitionsResponseData();
    body.topics()
        .forEach(topic -> response.results().add(errorResult(topic.name(), error, message)));
    return response;
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    ((CreatePartitionsResponseData) response)
        .results()
        .forEach(topic -> counter.count(topic.errorCode()));
  }
}
