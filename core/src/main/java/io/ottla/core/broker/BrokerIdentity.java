package io.ottla.core.broker;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;

/**
 * Who the data directories say this broker is. Read before anything is written; checked against the
 * configuration and the cluster; then {@link #claim} completes the files. Immutable.
 */
final class BrokerIdentity {
  private final List<MetaProperties> directories;

  private BrokerIdentity(List<MetaProperties> directories) {
    this.directories = List.copyOf(directories);
  }

  /**
   * @throws StartupException when a file cannot be read, or the directories contradict each other
   */
  static BrokerIdentity read(List<Path> directories) {
    List<MetaProperties> read = new ArrayList<>();
    directories.forEach(directory -> read.add(MetaProperties.read(directory)));
    BrokerIdentity identity = new BrokerIdentity(read);
    identity.checkAgreement(MetaProperties.BROKER_ID);
    identity.checkAgreement(MetaProperties.CLUSTER_ID);
    identity.checkAgreement(MetaProperties.INCARNATION_ID);
    identity.storedBrokerId();
    return identity;
  }

  private void checkAgreement(String key) {
    Map<String, Path> found = new TreeMap<>();
    for (MetaProperties directory : directories) {
      directory.get(key).ifPresent(value -> found.putIfAbsent(value, directory.file()));
    }
    if (found.size() > 1) {
      StringBuilder message =
          new StringBuilder("The data directories belong to different brokers: " + key + " is");
      found.forEach(
          (value, file) -> message.append("\n  ").append(value).append(" in ").append(file));
      message.append(
          "\nLikely cause: a disk of another broker was mounted, or log.dirs names a directory of"
              + " another broker.\nWhat to do: leave in log.dirs only the directories of this broker.");
      throw new StartupException(message.toString());
    }
  }

  private Optional<MetaProperties> holderOf(String key) {
    return directories.stream().filter(directory -> directory.get(key).isPresent()).findFirst();
  }

  private Optional<String> value(String key) {
    return holderOf(key).flatMap(directory -> directory.get(key));
  }

  /** The broker id the data belongs to. */
  OptionalInt storedBrokerId() {
    Optional<MetaProperties> holder = holderOf(MetaProperties.BROKER_ID);
    if (holder.isEmpty()) {
      return OptionalInt.empty();
    }
    String text = holder.get().get(MetaProperties.BROKER_ID).orElseThrow();
    try {
      return OptionalInt.of(Integer.parseInt(text));
    } catch (NumberFormatException e) {
      throw new StartupException(
          "broker.id=" + text + " in " + holder.get().file() + " is not a number: correct it.", e);
    }
  }

  /**
   * @param configured broker.id of the configuration, -1 when unset
   * @param origin where that stands
   * @throws StartupException when the data belongs to another broker
   */
  void checkBrokerId(int configured, String origin) {
    OptionalInt stored = storedBrokerId();
    if (configured < 0 || stored.isEmpty() || stored.getAsInt() == configured) {
      return;
    }
    throw new StartupException(
        "The data directory belongs to another broker of the cluster:"
            + "\n  broker.id="
            + configured
            + " in "
            + origin
            + "\n  broker.id="
            + stored.getAsInt()
            + " in "
            + holderOf(MetaProperties.BROKER_ID).orElseThrow().file()
            + "\nLikely causes: broker.id was changed in the configuration; log.dirs names the directory"
            + " of another broker; the directory was copied from another broker."
            + "\nWhat to do: set broker.id="
            + stored.getAsInt()
            + " to keep this data, or let log.dirs name an empty directory to start a new broker "
            + configured
            + ", which fetches its replicas from the others. Do not run two brokers on copies of one"
            + " directory.");
  }

  /**
   * @param clusterId the cluster's id
   * @param foundAt where that was read
   * @throws StartupException when the data belongs to another cluster
   */
  void checkClusterId(String clusterId, String foundAt, String origin) {
    Optional<MetaProperties> holder = holderOf(MetaProperties.CLUSTER_ID);
    Optional<String> stored = holder.flatMap(h -> h.get(MetaProperties.CLUSTER_ID));
    if (stored.isEmpty() || stored.get().equals(clusterId)) {
      return;
    }
    throw new StartupException(
        "The data directory belongs to another cluster:"
            + "\n  cluster.id="
            + stored.get()
            + " in "
            + holder.orElseThrow().file()
            + "\n  "
            + clusterId
            + " in "
            + foundAt
            + "\nLikely causes:"
            + "\n  1. zookeeper.connect in "
            + origin
            + " names another ZooKeeper, or its chroot path is missing or new;"
            + "\n  2. ZooKeeper lost its data, for example because its dataDir was a temporary folder, and"
            + " began a new cluster;"
            + "\n  3. the data directory was copied or mounted from another cluster."
            + "\nWhat to do:"
            + "\n  1. correct zookeeper.connect;"
            + "\n  2. stop all brokers and restore ZooKeeper's dataDir from its backup; a new, empty"
            + " ZooKeeper does not know the topics of this data;"
            + "\n  3. let log.dirs name the directory of this cluster, or an empty one."
            + "\nThe data has not been touched. Do not delete it before you know which case this is.");
  }

  /**
   * Completes the files of all directories.
   *
   * @return the incarnation id: the same for every run on these directories
   */
  String claim(int brokerId, String clusterId) throws IOException {
    String incarnation =
        value(MetaProperties.INCARNATION_ID).orElseGet(() -> Uuid.randomUuid().toString());
    for (MetaProperties directory : directories) {
      MetaProperties complete =
          directory
              .with(MetaProperties.BROKER_ID, Integer.toString(brokerId))
              .with(MetaProperties.CLUSTER_ID, clusterId)
              .with(MetaProperties.INCARNATION_ID, incarnation);
      if (complete.get(MetaProperties.DIRECTORY_ID).isEmpty()) {
        complete = complete.with(MetaProperties.DIRECTORY_ID, Uuid.randomUuid().toString());
      }
      if (!complete.equals(directory)) {
        complete.write();
      }
    }
    return incarnation;
  }
}
