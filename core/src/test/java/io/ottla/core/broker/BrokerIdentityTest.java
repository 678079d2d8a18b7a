package io.ottla.core.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BrokerIdentityTest {
  @TempDir Path temp;
  private Path first;
  private Path second;

  @BeforeEach
  void setUp() {
    first = temp.resolve("a");
    second = temp.resolve("b");
  }

  @Test
  void aNewBrokerTouchesNothingUntilItClaimsItsDirectories() throws IOException {
    BrokerIdentity identity = BrokerIdentity.read(List.of(first, second));
    assertThat(identity.storedBrokerId()).isEmpty();
    assertThat(first).doesNotExist();

    String incarnation = identity.claim(7, "cluster-1");

    for (Path directory : List.of(first, second)) {
      MetaProperties stored = MetaProperties.read(directory);
      assertThat(stored.values())
          .containsEntry("version", "0")
          .containsEntry("broker.id", "7")
          .containsEntry("cluster.id", "cluster-1")
          .containsEntry("incarnation.id", incarnation)
          .containsKey("directory.id");
    }
    assertThat(MetaProperties.read(first).values().get("directory.id"))
        .isNotEqualTo(MetaProperties.read(second).values().get("directory.id"));
    BrokerIdentity again = BrokerIdentity.read(List.of(first, second));
    assertThat(again.storedBrokerId()).isEqualTo(OptionalInt.of(7));
    assertThat(again.claim(7, "cluster-1")).isEqualTo(incarnation);
  }

  @Test
  void aKafkaDirectoryAndANewDirectoryAreCompleted() throws IOException {
    write(first, "version=0\nbroker.id=3\ncluster.id=c\nother=kept\n");
    BrokerIdentity identity = BrokerIdentity.read(List.of(first, second));
    assertThat(identity.storedBrokerId()).isEqualTo(OptionalInt.of(3));
    identity.claim(3, "c");
    assertThat(MetaProperties.read(first).values()).containsEntry("other", "kept");
    assertThat(MetaProperties.read(second).values()).containsEntry("broker.id", "3");
  }

  @Test
  void anotherClusterIsNamedWithBothPlacesTheCausesAndWhatToDo() throws IOException {
    write(first, "version=0\nbroker.id=3\ncluster.id=old\n");
    BrokerIdentity identity = BrokerIdentity.read(List.of(first));
    identity.checkClusterId("old", "znode", "f");
    assertThatThrownBy(
            () ->
                identity.checkClusterId(
                    "new", "ZooKeeper at z:2181, znode /cluster/id", "server.properties"))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("cluster.id=old in " + first.resolve("meta.properties"))
        .hasMessageContaining("new in ZooKeeper at z:2181, znode /cluster/id")
        .hasMessageContaining("1. zookeeper.connect in server.properties names another ZooKeeper")
        .hasMessageContaining("2. ZooKeeper lost its data")
        .hasMessageContaining("3. the data directory was copied")
        .hasMessageContaining("What to do:")
        .hasMessageContaining("Do not delete it");
  }

  @Test
  void anotherBrokerIdIsNamedWithBothPlaces() throws IOException {
    write(first, "version=0\nbroker.id=3\ncluster.id=c\n");
    BrokerIdentity identity = BrokerIdentity.read(List.of(first));
    identity.checkBrokerId(3, "server.properties");
    identity.checkBrokerId(-1, "server.properties");
    assertThatThrownBy(() -> identity.checkBrokerId(4, "server.properties"))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("broker.id=4 in server.properties")
        .hasMessageContaining("broker.id=3 in " + first.resolve("meta.properties"))
        .hasMessageContaining("Likely causes")
        .hasMessageContaining("set broker.id=3 to keep this data");
  }

  @Test
  void directoriesOfTwoBrokersAreRefused() throws IOException {
    write(first, "version=0\nbroker.id=3\ncluster.id=c\n");
    write(second, "version=0\nbroker.id=4\ncluster.id=c\n");
    assertThatThrownBy(() -> BrokerIdentity.read(List.of(first, second)))
        .isInstanceOf(StartupException.class)
        .hasMessageContaining("3 in " + first.resolve("meta.properties"))
        .hasMessageContaining("4 in " + second.resolve("meta.properties"));
  }

  @Test
  void aDirectoryOfAnotherModeOrAnEmptyFileIsRefused() throws IOException {
    write(first, "version=1\nnode.id=3\ncluster.id=c\n");
    assertThatThrownBy(() -> BrokerIdentity.read(List.of(first)))
        .hasMessageContaining("version=1")
        .hasMessageContaining("KRaft");
    write(second, "");
    assertThatThrownBy(() -> BrokerIdentity.read(List.of(second)))
        .hasMessageContaining("version=(none)");
  }

  private static void write(Path directory, String text) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("meta.properties"), text);
  }
}
