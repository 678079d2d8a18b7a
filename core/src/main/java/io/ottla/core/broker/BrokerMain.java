package io.ottla.core.broker;

import io.ottla.core.config.BrokerConfig;
import io.ottla.core.config.ConfigurationException;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process of a broker. Ends with 0 after an orderly stop (SIGTERM, SIGINT) and with 1 when the
 * broker could not start; why is then the last line of the log.
 */
public final class BrokerMain {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerMain.class);
  private static final String CONNECT = "zookeeper.connect";

  private BrokerMain() {}

  /** Runs a broker until the process is asked to end. */
  public static void main(String[] args) {
    for (String arg : args) {
      if (arg.equals("-h") || arg.equals("--help")) {
        System.out.println(CommandLine.USAGE);
        return;
      }
    }
    try {
      run(CommandLine.parse(args));
    } catch (ConfigurationException | StartupException e) {
      LOG.error("The broker did not start. {}", e.getMessage());
      LOG.debug("Where it failed", e);
      System.exit(1);
    } catch (Exception | Error e) {
      LOG.error("The broker did not start", e);
      System.exit(1);
    }
  }

  private static void run(CommandLine command) throws Exception {
    Clock clock = Clock.systemUTC();
    Lifecycle lifecycle = new Lifecycle(System::nanoTime);
    CountDownLatch stop = new CountDownLatch(1);
    CountDownLatch stopped = new CountDownLatch(1);
    Thread hook = new Thread(() -> awaitEnd(stop, stopped), "shutdown");
    try {
      BrokerConfig config = config(command, lifecycle);
      lifecycle.start(
          "broker",
          () -> Broker.start(config, CoordinationFactory.zooKeeper(clock), clock),
          Broker::close);
      Runtime.getRuntime().addShutdownHook(hook);
      stop.await();
    } finally {
      lifecycle.close();
      stopped.countDown();
    }
  }

  /** A shutdown hook: the main thread closes the broker, the JVM ends when it is done. */
  private static void awaitEnd(CountDownLatch stop, CountDownLatch stopped) {
    LOG.info("Asked to stop");
    stop.countDown();
    try {
      if (!stopped.await(2, TimeUnit.MINUTES)) {
        LOG.error("The broker did not stop within two minutes; the process ends all the same");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static BrokerConfig config(CommandLine command, Lifecycle lifecycle) throws Exception {
    Map<String, String> values = command.values(Standalone.values());
    if (command.file().isEmpty() && !values.containsKey(CONNECT)) {
      // Check everything before the embedded server opens its data: a second broker must not get
      // there.
      values.put(CONNECT, "127.0.0.1");
      BrokerConfig preliminary = BrokerConfig.parse(values, command.origin());
      PortCheck.check(preliminary.listeners().listeners(), command.origin());
      EmbeddedZooKeeper zooKeeper =
          lifecycle.start(
              "embedded ZooKeeper", Standalone::startZooKeeper, EmbeddedZooKeeper::close);
      values.put(CONNECT, zooKeeper.connectString());
    }
    return BrokerConfig.parse(values, command.origin());
  }
}
