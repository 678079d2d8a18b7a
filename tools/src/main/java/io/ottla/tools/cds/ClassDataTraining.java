package io.ottla.tools.cds;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.ottla.tools.cli.Json;
import io.ottla.tools.cli.Streams;
import io.ottla.tools.cluster.GetOffsets;
import io.ottla.tools.configs.ConfigsTool;
import io.ottla.tools.console.ConsoleConsumer;
import io.ottla.tools.console.ConsoleProducer;
import io.ottla.tools.topics.TopicsTool;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Loads the classes that tools and servers load, and ends: the launcher runs it once per build with
 * a JVM option that writes the loaded classes to an archive. Talks to nobody.
 */
public final class ClassDataTraining {
  /** Our own classes and those of the libraries that are loaded at every start. */
  private static final List<String> PREFIXES =
      List.of(
          "io/ottla/",
          "io/netty/buffer/",
          "io/netty/channel/",
          "io/netty/util/",
          "org/apache/curator/",
          "org/apache/zookeeper/proto/",
          "org/apache/zookeeper/data/",
          "org/apache/zookeeper/common/",
          "org/apache/jute/",
          "com/codahale/metrics/",
          "org/apache/kafka/common/message/");

  private ClassDataTraining() {}

  /**
   * Loads the classes; what cannot be loaded, because an optional library is missing, is left out.
   */
  public static void main(String[] args) throws IOException {
    loadByName();
    new Json().line(Json.object("list", List.of(1, 2L), "text", "t", "none", null));
    new ObjectMapper().readTree("{\"a\":[1,\"b\",null,true]}");
    exerciseClients();
    exerciseTools();
  }

  private static void loadByName() throws IOException {
    ClassLoader loader = ClassDataTraining.class.getClassLoader();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (!entry.endsWith(".jar")) {
        continue;
      }
      try (ZipFile jar = new ZipFile(entry)) {
        jar.stream()
            .map(ZipEntry::getName)
            .filter(ClassDataTraining::isWanted)
            .forEach(n -> load(n, loader));
      }
    }
  }

  private static boolean isWanted(String name) {
    return name.endsWith(".class")
        && PREFIXES.stream().anyMatch(name::startsWith)
        && !name.contains("JsonConverter")
        && !name.endsWith("-info.class");
  }

  private static void load(String entry, ClassLoader loader) {
    String name = entry.substring(0, entry.length() - ".class".length()).replace('/', '.');
    try {
      Class.forName(name, false, loader);
    } catch (ClassNotFoundException | LinkageError e) {
      // Needs a library that is not there: it is not loaded by a server or tool either.
      return;
    }
  }

  private static void exerciseClients() {
    // Port 1 of the own machine: nobody listens, and the clients are closed before they care.
    Map<String, Object> settings = Map.of("bootstrap.servers", "127.0.0.1:1");
    Admin.create(settings).close(java.time.Duration.ZERO);
    new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())
        .close(java.time.Duration.ZERO);
    new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer()).close();
  }

  private static void exerciseTools() {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    Streams streams = new Streams(new ByteArrayInputStream(new byte[0]), nowhere, nowhere, false);
    // The results do not matter: each fails or prints its help.
    int ignored =
        new TopicsTool().execute(streams, "--list")
            + new TopicsTool().execute(streams, "--help")
            + new ConfigsTool().execute(streams, "--describe", "--topic", "t")
            + new GetOffsets().execute(streams, "--topic", "t")
            + new ConsoleProducer().execute(streams, "--topic", "t")
            + new ConsoleConsumer().execute(streams, "--topic", "t");
    nowhere.println(ignored);
  }
}
