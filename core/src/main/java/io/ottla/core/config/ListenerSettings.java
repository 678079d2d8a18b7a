package io.ottla.core.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Where the broker listens and what it tells others. {@code advertised} is empty when unset: then
 * each client is told the address on which it reached us, and brokers are told the bound one.
 */
public record ListenerSettings(
    List<Listener> listeners, List<Listener> advertised, String interBrokerListener) {

  /** One address. An empty host means every interface; port 0 means any free one. */
  public record Listener(String name, String securityProtocol, String host, int port) {
    @Override
    public String toString() {
      return name + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
  }

  private static final Set<String> PROTOCOLS =
      Set.of("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL");

  public ListenerSettings {
    listeners = List.copyOf(listeners);
    advertised = List.copyOf(advertised);
  }

  /** The advertised address of a listener name, when one is set. */
  public Optional<Listener> advertised(String name) {
    return advertised.stream().filter(listener -> listener.name().equals(name)).findFirst();
  }

  static ListenerSettings from(BrokerValues values) {
    Map<String, String> protocols = protocols(values);
    List<Listener> listeners = parse(values, "listeners", protocols);
    List<Listener> advertised = parse(values, "advertised.listeners", protocols);
    checkListeners(values, listeners);
    checkAdvertised(values, listeners, advertised);
    return new ListenerSettings(
        listeners, advertised, interBrokerListener(values, listeners, protocols));
  }

  private static void checkListeners(BrokerValues values, List<Listener> listeners) {
    if (listeners.isEmpty()) {
      values.problem("listeners", "name at least one address, as PLAINTEXT://:9092");
    }
    Set<String> names = new TreeSet<>();
    Map<Integer, String> ports = new HashMap<>();
    for (Listener listener : listeners) {
      if (!names.add(listener.name())) {
        values.problem("listeners", "give each listener its own name, not " + listener.name());
      }
      String before =
          listener.port() == 0 ? null : ports.put(listener.port(), familyOf(listener.host()));
      if (before != null && before.equals(familyOf(listener.host()))) {
        values.problem("listeners", "give each listener its own port, not " + listener.port());
      }
      if (!listener.securityProtocol().equals("PLAINTEXT")) {
        values.problem(
            "listeners",
            listener.name()
                + " asks for "
                + listener.securityProtocol()
                + ", and this version speaks PLAINTEXT only: map it to PLAINTEXT in"
                + " listener.security.protocol.map or remove it");
      }
    }
  }

  private static String familyOf(String host) {
    return host.contains(":") ? "IPv6" : "IPv4";
  }

  private static void checkAdvertised(
      BrokerValues values, List<Listener> listeners, List<Listener> advertised) {
    Set<String> names = listeners.stream().map(Listener::name).collect(Collectors.toSet());
    for (Listener listener : advertised) {
      if (!names.contains(listener.name())) {
        values.problem(
            "advertised.listeners",
            "use only names of listeners, which are " + new TreeSet<>(names));
      }
      if (listener.host().isEmpty() || listener.host().equals("0.0.0.0")) {
        values.problem(
            "advertised.listeners",
            "clients cannot connect to 0.0.0.0 or to no host: name the host they shall use, or leave"
                + " advertised.listeners out so that each client is told the address it came by");
      }
    }
  }

  private static String interBrokerListener(
      BrokerValues values, List<Listener> listeners, Map<String, String> protocols) {
    Optional<String> name =
        values.optionalString("inter.broker.listener.name").map(n -> n.toUpperCase(Locale.ROOT));
    if (name.isPresent()) {
      if (values.isSet("security.inter.broker.protocol")) {
        values.problem(
            "security.inter.broker.protocol",
            "remove it, or remove inter.broker.listener.name: only one of the two may be set");
      }
      if (listeners.stream().noneMatch(listener -> listener.name().equals(name.get()))) {
        values.problem("inter.broker.listener.name", "name one of the listeners: " + listeners);
      }
      return name.get();
    }
    String protocol = values.string("security.inter.broker.protocol");
    Optional<Listener> byName =
        listeners.stream().filter(listener -> listener.name().equals(protocol)).findFirst();
    if (byName.isPresent()) {
      return byName.get().name();
    }
    Optional<Listener> byProtocol =
        listeners.stream()
            .filter(listener -> protocol.equals(protocols.get(listener.name())))
            .findFirst();
    if (byProtocol.isEmpty() && !listeners.isEmpty()) {
      values.problem(
          "listeners",
          "add a listener for brokers, of protocol "
              + protocol
              + ", or set inter.broker.listener.name");
    }
    return byProtocol.map(Listener::name).orElse(protocol);
  }

  private static Map<String, String> protocols(BrokerValues values) {
    Map<String, String> protocols = new HashMap<>();
    for (String item : items(values.string("listener.security.protocol.map"))) {
      int colon = item.lastIndexOf(':');
      String protocol = colon < 0 ? "" : item.substring(colon + 1).trim().toUpperCase(Locale.ROOT);
      if (!PROTOCOLS.contains(protocol)) {
        values.problem(
            "listener.security.protocol.map",
            "write NAME:PROTOCOL for each listener, with a protocol of "
                + new TreeSet<>(PROTOCOLS));
      } else {
        protocols.put(item.substring(0, colon).trim().toUpperCase(Locale.ROOT), protocol);
      }
    }
    return protocols;
  }

  private static List<Listener> parse(
      BrokerValues values, String key, Map<String, String> protocols) {
    List<Listener> result = new ArrayList<>();
    for (String item : items(values.optionalString(key).orElse(""))) {
      int slashes = item.indexOf("://");
      int colon = item.lastIndexOf(':');
      int port = colon < slashes + 3 ? -1 : port(item.substring(colon + 1));
      if (slashes <= 0 || port < 0) {
        values.problem(key, "write " + item + " as NAME://host:port, the port between 0 and 65535");
        continue;
      }
      String name = item.substring(0, slashes).trim().toUpperCase(Locale.ROOT);
      String protocol = protocols.get(name);
      if (protocol == null) {
        values.problem(key, "map " + name + " to a protocol in listener.security.protocol.map");
        continue;
      }
      String host = item.substring(slashes + 3, colon).trim();
      if (host.startsWith("[") && host.endsWith("]")) {
        host = host.substring(1, host.length() - 1);
      }
      result.add(new Listener(name, protocol, host, port));
    }
    return result;
  }

  private static int port(String text) {
    try {
      int port = Integer.parseInt(text.trim());
      return port > 65535 ? -1 : port;
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static List<String> items(String text) {
    return List.of(text.split(",", -1)).stream()
        .map(String::trim)
        .filter(item -> !item.isEmpty())
        .toList();
  }
}
