package io.ottla.network.server;

import io.netty.channel.ChannelPipeline;

/** What stands between the socket and the frames of a listener's connections: nothing, or TLS. */
@FunctionalInterface
public interface TransportSecurity {
  /** Bytes as they are. */
  TransportSecurity NONE = pipeline -> {};

  /** Adds what is needed to the empty pipeline of a new connection, on its event loop. */
  void install(ChannelPipeline pipeline);
}
