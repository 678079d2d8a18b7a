package io.ottla.network.api;

import org.apache.kafka.common.protocol.ApiKeys;

/**
 * What serves the requests: the one interface {@code core} implements.
 *
 * <p>All methods run on the event loop of the connection concerned, so none of them may block. One
 * handler serves every connection of a server, hence many event loops at the same time.
 */
public interface RequestHandler {

  /**
   * Whether requests of this key and version are served here. Asked before a body is parsed; a
   * request that is not accepted closes its connection (ApiVersions excepted, see {@link #handle}).
   */
  boolean accepts(ApiKeys key, short version);

  /**
   * Takes one request. Called in order of arrival within a connection. Exactly one {@link
   * InboundRequest#respond} follows, now or later, from any thread.
   *
   * <p>ApiVersions arrives also when {@link #accepts} refuses its version: {@link
   * InboundRequest#version()} is then what the client sent, the body is empty, and the response is
   * written in version 0, so that the client can choose again.
   */
  void handle(InboundRequest request);

  /** The connection is gone; called once, after its last {@link #handle}. */
  default void connectionClosed(RequestContext context) {}
}
