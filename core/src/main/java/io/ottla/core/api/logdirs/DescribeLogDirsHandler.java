package io.ottla.core.api.logdirs;

import io.ottla.core.api.ApiHandler;
import io.ottla.core.partition.Partition;
import io.ottla.core.partition.Partitions;
import io.ottla.log.LogDirectory;
import io.ottla.log.PartitionLog;
import io.ottla.network.api.InboundRequest;
import io.ottla.network.api.OutboundResponse;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData.DescribableLogDirTopic;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsPartition;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsResult;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * DescribeLogDirs: each log directory with the size of the file system, and the replicas in it with
 * their size and how far the end of their log is behind the high watermark. A null list asks for
 * all topics.
 */
public final class DescribeLogDirsHandler implements ApiHandler<DescribeLogDirsRequestData> {
  private static final Logger LOG = LoggerFactory.getLogger(DescribeLogDirsHandler.class);

  private final List<LogDirectory> directories;
  private final Partitions partitions;

  /**
   * @param directories log.dirs, owned by the caller
   */
  public DescribeLogDirsHandler(List<LogDirectory> directories, Partitions partitions) {
    this.directories = List.copyOf(directories);
    this.partitions = partitions;
  }

  @Override
  public ApiKeys apiKey() {
    return ApiKeys.DESCRIBE_LOG_DIRS;
  }

  @Override
  public Class<DescribeLogDirsRequestData> requestType() {
    return DescribeLogDirsRequestData.class;
  }

  /** Asks the file system. */
  @Override
  public boolean mayBlock() {
    return true;
  }

  @Override
  public void handle(InboundRequest request, DescribeLogDirsRequestData body) {
    Map<Path, Map<String, DescribeLogDirsTopic>> byDirectory = new HashMap<>();
    Set<TopicPartition> wanted = wanted(body);
    for (Partition partition : partitions.all()) {
      PartitionLog log = partition.log();
      if (log != null && (wanted == null || wanted.contains(partition.topicPartition()))) {
        byDirectory
            .computeIfAbsent(normal(log.directory()).getParent(), path -> new TreeMap<>())
            .computeIfAbsent(partition.topic(), name -> new DescribeLogDirsTopic().setName(name))
            .partitions()
            .add(
                new DescribeLogDirsPartition()
                    .setPartitionIndex(partition.partition())
                    .setPartitionSize(log.sizeInBytes())
                    .setOffsetLag(Math.max(0, partition.highWatermark() - log.endOffset()))
                    .setIsFutureKey(false));
      }
    }
    DescribeLogDirsResponseData response = new DescribeLogDirsResponseData();
    for (LogDirectory directory : directories) {
      Path path = normal(directory.path());
      response
          .results()
          .add(describe(directory, path, byDirectory.getOrDefault(path, Map.of()).values()));
    }
    request.respond(OutboundResponse.message(response));
  }

  private static Path normal(Path path) {
    return path.toAbsolutePath().normalize();
  }

  private static Set<TopicPartition> wanted(DescribeLogDirsRequestData body) {
    if (body.topics() == null) {
      return null;
    }
    Set<TopicPartition> wanted = new HashSet<>();
    for (DescribableLogDirTopic topic : body.topics()) {
      for (int partition : topic.partitions()) {
        wanted.add(new TopicPartition(topic.topic(), partition));
      }
    }
    return wanted;
  }

  private static DescribeLogDirsResult describe(
      LogDirectory directory, Path path, Collection<DescribeLogDirsTopic> topics) {
    DescribeLogDirsResult result = new DescribeLogDirsResult().setLogDir(path.toString());
    if (directory.failure().isPresent()) {
      return result.setErrorCode(Errors.KAFKA_STORAGE_ERROR.code());
    }
    try {
      FileStore store = Files.getFileStore(path);
      return result
          .setTopics(new ArrayList<>(topics))
          .setTotalBytes(store.getTotalSpace())
          .setUsableBytes(store.getUsableSpace());
    } catch (IOException e) {
      LOG.warn("Log directory {} cannot be described", path, e);
      return result.setErrorCode(Errors.KAFKA_STORAGE_ERROR.code());
    }
  }

  @Override
  public DescribeLogDirsResponseData errorResponse(
      DescribeLogDirsRequestData body, short version, Errors error, String message) {
    return new DescribeLogDirsResponseData().setErrorCode(error.code());
  }

  @Override
  public void countErrors(Object response, ErrorCounter counter) {
    DescribeLogDirsResponseData data = (DescribeLogDirsResponseData) response;
    counter.count(data.errorCode());
    data.results().forEach(result -> counter.count(result.errorCode()));
  }
}
