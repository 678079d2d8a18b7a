package io.ottla.core.api.produce;

import io.ottla.core.api.produce.ProduceHandler.Awaited;
import io.ottla.network.api.InboundRequest;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.message.ProduceResponseData;

/**
 * A produce request with acks=all between its append and its answer.
 *
 * <p>Each partition calls back exactly once, from whichever thread advanced its high watermark; the
 * last one to do so answers. Every callback writes only its own partition's result, and the counter
 * orders those writes before the answer.
 */
final class PendingProduce {

  private final ProduceHandler handler;
  private final InboundRequest request;
  private final ProduceResponseData response;
  private final AtomicInteger outstanding;

  PendingProduce(
      ProduceHandler handler, InboundRequest request, ProduceResponseData response, int awaited) {
    this.handler = handler;
    this.request = request;
    this.response = response;
    this.outstanding = new AtomicInteger(awaited);
  }

  void await(List<Awaited> awaited, long deadlineNanos) {
    for (Awaited one : awaited) {
      one.partition()
          .awaitReplicated(
              one.outcome().requiredOffset(),
              one.outcome().leaderEpoch(),
              deadlineNanos,
              failure -> {
                if (failure != null) {
                  handler.fail(
                      request,
                      one.partition().topic(),
                      one.partition().partition(),
                      one.result(),
                      failure);
                }
                if (outstanding.decrementAndGet() == 0) {
                  handler.answer(request, response);
                }
              });
    }
  }
}
