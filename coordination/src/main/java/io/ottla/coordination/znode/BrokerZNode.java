package io.ottla.coordination.znode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.ottla.coordination.cluster.BrokerRegistration;
import io.ottla.coordination.cluster.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code /brokers/ids/<id>}, ephemeral. Kafka's version 5, and beside it {@code incarnation}, and
 * {@code draining} and {@code trusted} where they differ from the usual.
 */
public final class BrokerZNode {
  public static final String PARENT = "/brokers/ids";

  private BrokerZNode() {}

  public static String path(int brokerId) {
    return PARENT + "/" + brokerId;
  }

  /**
   * Encodes a registration.
   *
   * @param timestampMs wall-clock time of the registration
   */
  public static byte[] encode(BrokerRegistration broker, long timestampMs) {
    ObjectNode node = Json.object();
    node.put("version", 5);
    Optional<Endpoint> plain =
        broker.endpoints().stream()
            .filter(e -> e.securityProtocol().equals("PLAINTEXT"))
            .findFirst();
    node.put("host", plain.map(Endpoint::host).orElse(null));
    node.put("port", plain.map(Endpoint::port).orElse(-1));
    node.put("jmx_port", -1);
    node.put("timestamp", Long.toString(timestampMs));
    ArrayNode endpoints = node.putArray("endpoints");
    for (Endpoint endpoint : broker.endpoints()) {
      String host =
          endpoint.host().indexOf(':') >= 0 ? "[" + endpoint.host() + "]" : endpoint.host();
      endpoints.add(endpoint.listener() + "://" + host + ":" + endpoint.port());
    }
    broker.rack().ifPresent(rack -> node.put("rack", rack));
    ObjectNode protocols = node.putObject("listener_security_protocol_map");
    broker.endpoints().forEach(e -> protocols.put(e.listener(), e.securityProtocol()));
    node.putObject("features");
    node.put("incarnation", broker.incarnation());
    if (broker.draining()) {
      node.put("draining", true);
    }
    if (!broker.trusted()) {
      node.put("trusted", false);
    }
    return Json.encode(node);
  }

  /**
   * Decodes a registration.
   *
   * @param epoch czxid of the node
   * @throws IllegalArgumentException naming path and content
   */
  public static BrokerRegistration decode(int brokerId, byte[] data, long epoch) {
    String path = path(brokerId);
    JsonNode node = Json.decode(path, data);
    JsonNode protocols = node.get("listener_security_protocol_map");
    List<Endpoint> endpoints = new ArrayList<>();
    if (node.has("endpoints")) {
      for (JsonNode endpoint : node.get("endpoints")) {
        endpoints.add(endpoint(path, endpoint.textValue(), protocols));
      }
    } else if (node.hasNonNull("host")) {
      endpoints.add(
          new Endpoint(
              "PLAINTEXT",
              "PLAINTEXT",
              node.get("host").textValue(),
              Json.required(path, node, "port").intValue()));
    }
    return new BrokerRegistration(
        brokerId,
        epoch,
        endpoints,
        node.hasNonNull("rack") ? Optional.of(node.get("rack").textValue()) : Optional.empty(),
        node.path("incarnation").asText(""),
        node.path("draining").asBoolean(false),
        node.path("trusted").asBoolean(true));
  }

  private static Endpoint endpoint(String path, String text, JsonNode protocols) {
    int scheme = text == null ? -1 : text.indexOf("://");
    int colon = text == null ? -1 : text.lastIndexOf(':');
    if (scheme <= 0 || colon < scheme + 3) {
      throw new IllegalArgumentException(
          "znode " + path + " has an endpoint that is not LISTENER://host:port: " + text);
    }
    String listener = text.substring(0, scheme);
    String host = text.substring(scheme + 3, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    String protocol = protocols == null ? listener : protocols.path(listener).asText(listener);
    try {
      return new Endpoint(listener, protocol, host, Integer.parseInt(text.substring(colon + 1)));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "znode " + path + " has an endpoint without a port: " + text, e);
    }
  }
}
