package io.ottla.network.api;

import io.netty.util.concurrent.EventExecutor;
import java.net.InetSocketAddress;

/**
 * One connection as its requests see it. Lives as long as the connection; the mutable parts are
 * volatile, written on the event loop and readable from any thread.
 */
public final class RequestContext {
  private final String connectionId;
  private final String listenerName;
  private final String securityProtocol;
  private final InetSocketAddress clientAddress;
  private final InetSocketAddress localAddress;
  private final EventExecutor eventLoop;
  private volatile String clientSoftwareName = "unknown";
  private volatile String clientSoftwareVersion = "unknown";
  private volatile Object attachment;

  public RequestContext(
      String connectionId,
      String listenerName,
      String securityProtocol,
      InetSocketAddress clientAddress,
      InetSocketAddress localAddress,
      EventExecutor eventLoop) {
    this.connectionId = connectionId;
    this.listenerName = listenerName;
    this.securityProtocol = securityProtocol;
    this.clientAddress = clientAddress;
    this.localAddress = localAddress;
    this.eventLoop = eventLoop;
  }

  /** Unique within the process: {@code local-remote-number}. */
  public String connectionId() {
    return connectionId;
  }

  public String listenerName() {
    return listenerName;
  }

  public String securityProtocol() {
    return securityProtocol;
  }

  public InetSocketAddress clientAddress() {
    return clientAddress;
  }

  /** The address on which the client reached this server. */
  public InetSocketAddress localAddress() {
    return localAddress;
  }

  /** The event loop that owns the connection. */
  public EventExecutor eventLoop() {
    return eventLoop;
  }

  /** From ApiVersions, {@code "unknown"} until then. */
  public String clientSoftwareName() {
    return clientSoftwareName;
  }

  /** From ApiVersions, {@code "unknown"} until then. */
  public String clientSoftwareVersion() {
    return clientSoftwareVersion;
  }

  /** Remembers what the client said about itself. */
  public void clientSoftware(String name, String version) {
    this.clientSoftwareName = name;
    this.clientSoftwareVersion = version;
  }

  /** State that the request handler keeps for this connection, null at first. */
  public Object attachment() {
    return attachment;
  }

  public void attachment(Object value) {
    this.attachment = value;
  }

  @Override
  public String toString() {
    return connectionId + " (" + listenerName + ")";
  }
}
