package io.ottla.core.api.producers;

import io.ottla.core.api.ApiHandler;
import io.ottla.core.api.Responses;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * InitProducerId for idempotent producers: a fresh id with epoch 0, from any broker.
 *
 * <p>With a transactional id the answer is INVALID_REQUEST, because there are no transactions here
 * yet. It is not retriable, so the client stops at once with a message that points to this broker's
 * log, instead of searching for a coordinator for ever; the log says what is missing.
 */
public final class InitProducerIdHandler implements ApiHandler<InitProducerIdRequestData> {
  private static final Logger LOG = LoggerFactory.getLogger(InitProducerIdHandler.class);

  private final ProducerIds ids;

  public InitProducerIdHandler(ProducerIds ids) {
    this.ids = ids;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.INIT_PRODUCER_ID;
  }

  @Override
  public Class<InitProducerIdRequestData> requestType() {
    return InitProducerIdRequestData.class;
  }

  @Override
  public void handle(InboundRequest request, InitProducerIdRequestData body) {
    if (body.transactionalId() != null) {
      LOG.warn(
          "Client '{}' at {} wants transactions (transactional.id '{}'), which this broker does not"
              + " offer yet",
          request.clientId(),
          request.context().clientAddress(),
          body.transactionalId());
      request.respond(
          OutboundResponse.message(
              errorResponse(body, request.version(), Errors.INVALID_REQUEST, null)));
      return;
    }
    Responses.respondWhenDone(
        request,
        ids.next()
            .thenApply(
                id ->
                    new InitProducerIdResponseData()
                        .setProducerId(id)
                        .setProducerEpoch((short) 0)));
  }

  @Override
  public InitProducerIdResponseData errorResponse(
      InitProducerIdRequestData body, short version, Errors error, String message) {
    return new InitProducerIdResponseData()
        .setErrorCode(error.code())
        .setProducerId(-1)
        .setProducerEpoch((short) -1);
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    counter.count(((InitProducerIdResponseData) response).errorCode());
  }
}
