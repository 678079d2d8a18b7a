package io.ottla.coordination.zookeeper;

import static io.ottla.coordination.zookeeper.TestCluster.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.coordination.cluster.ZooKeeperSettings;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.curator.test.TestingServer;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Operations run on the handle that is meant, or not at all. */
class CuratorConnectionTest {
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final List<String> answers = new CopyOnWriteArrayList<>();
  private TestingServer server;
  private CuratorConnection connection;

  @BeforeEach
  void open() throws Exception {
    server = new TestingServer(true);
    connection =
        new CuratorConnection(
            new ZooKeeperSettings(server.getConnectString(), 10_000, 10_000),
            (number, event) -> events.add(number + " " + event.getState()));
    connection.open();
    await(() -> events.contains("1 SyncConnected"));
  }

  @AfterEach
  void close() throws Exception {
    connection.close();
    server.close();
  }

  @Test
  void answersComeInTheOrderOfTheRequestsWhetherOfCuratorOrOfTheHandle() throws Exception {
    for (int i = 0; i < 100; i++) {
      String name = "n" + i;
      assertThat(i % 2 == 0 ? create(1, "/" + name) : look(1, name)).isEqualTo(Code.OK);
    }
    await(() -> answers.size() == 100);
    for (int i = 0; i < 100; i++) {
      assertThat(answers.get(i)).isEqualTo(i % 2 == 0 ? "/n" + i : "looked n" + i);
    }
  }

  @Test
  void nothingIsKeptForLaterWhileThereIsNoConnection() throws Exception {
    server.stop();
    await(() -> events.contains("1 Disconnected"));
    assertThat(create(1, "/a")).isEqualTo(Code.CONNECTIONLOSS);
    server.restart();
    await(() -> events.lastIndexOf("1 SyncConnected") > events.indexOf("1 Disconnected"));
    assertThat(create(1, "/b")).isEqualTo(Code.OK);
    await(() -> answers.contains("/b"));
    assertThat(connection.handle(1).exists("/a", false)).isNull();
  }

  @Test
  void anExpiredSessionIsReplacedAndItsOperationsAreNotCarriedOutInTheNext() throws Exception {
    ZooKeeper first = connection.handle(1);
    first.getTestable().injectSessionExpiration();
    await(() -> events.contains("2 SyncConnected"));
    assertThat(events.indexOf("1 Expired")).isLessThan(events.indexOf("2 SyncConnected"));
    assertThat(connection.handle(1)).isNull();
    assertThat(create(1, "/a")).isEqualTo(Code.SESSIONEXPIRED);
    assertThat(create(2, "/b")).isEqualTo(Code.OK);
    await(() -> answers.contains("/b"));
    assertThat(connection.handle(2).exists("/a", false)).isNull();
    assertThat(first.getState().isAlive()).isFalse();
  }

  @Test
  void nothingRunsOnceItIsClosed() throws Exception {
    ZooKeeper handle = connection.handle(1);
    connection.close();
    assertThat(handle.getState().isAlive()).isFalse();
    assertThat(create(1, "/a")).isEqualTo(Code.SESSIONEXPIRED);
  }

  private Code create(int handle, String path) throws Exception {
    return connection.start(
        handle,
        client ->
            client
                .create()
                .inBackground((framework, event) -> answers.add(event.getPath()))
                .forPath(path));
  }

  private Code look(int handle, String name) throws Exception {
    return connection.start(
        handle,
        client ->
            client
                .getZookeeperClient()
                .getZooKeeper()
                .exists("/", false, (rc, path, ctx, stat) -> answers.add("looked " + name), null));
  }
}
