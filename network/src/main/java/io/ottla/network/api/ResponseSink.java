package io.ottla.network.api;

/** Where the answer of a request goes: the connection it came from. Called from any thread. */
@FunctionalInterface
public interface ResponseSink {

  /** Takes the response over; called at most once for each request. */
  void complete(InboundRequest request, OutboundResponse response);
}
