package io.ottla.core.api.group;

import io.ottla.coordination.group.Reply;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import java.util.function.Function;
import org.apache.kafka.common.protocol.Errors;

/** Answers one request with what its operation gave. */
final class RequestReply<T> implements Reply<T> {
  private final InboundRequest request;
  private final Function<T, Object> finish;
  private final Function<Errors, Object> onError;

  /**
   * @param finish makes the response fit the request's version
   * @param onError the response for an operation that did not take place
   */
  RequestReply(
      InboundRequest request, Function<T, Object> finish, Function<Errors, Object> onError) {
    this.request = request;
    this.finish = finish;
    this.onError = onError;
  }

  @Override
  public void complete(T response) {
    request.respond(OutboundResponse.message(finish.apply(response)));
  }

  @Override
  public void fail(Errors error) {
    request.respond(OutboundResponse.message(onError.apply(error)));
  }
}
