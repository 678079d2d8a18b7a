package io.ottla.core.api.logdirs;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.core.api.ApiCaller;
import io.ottla.core.api.FakeCoordination;
import io.ottla.core.api.HostedReplicas;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsRequestData.DescribableLogDirTopic;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsPartition;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsResult;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DescribeLogDirsHandlerTest {
  @TempDir Path one;
  @TempDir Path two;
  private HostedReplicas hosted;
  private ApiCaller caller;

  @BeforeEach
  void open() {
    FakeCoordination coordination = new FakeCoordination(2);
    coordination.addTopic("here", List.of(0, 1), 3);
    coordination.addTopic("elsewhere", List.of(1), 1);
    hosted = new HostedReplicas(coordination, one, two);
    caller = new ApiCaller(new DescribeLogDirsHandler(hosted.directories(), hosted.partitions()));
  }

  @AfterEach
  void close() {
    hosted.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void describesEveryDirectoryAndReplica(int version) throws Exception {
    ByteBuffer batch =
        MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(new byte[5])).buffer();
    int size = batch.remaining();
    hosted.partitions().get("here", 1).append(batch, (short) 1, System.currentTimeMillis());
    DescribeLogDirsResponseData answer =
        call(version, new DescribeLogDirsRequestData().setTopics(null));
    assertThat(answer.results())
        .extracting(DescribeLogDirsResult::logDir)
        .containsExactly(one.toString(), two.toString());
    assertThat(answer.results())
        .allSatisfy(
            result -> {
              assertThat(result.errorCode()).isZero();
              if (version >= 4) {
                assertThat(result.totalBytes()).isPositive();
                assertThat(result.usableBytes()).isPositive();
              }
            });
    Map<Integer, Long> sizes = sizes(answer);
    assertThat(sizes).containsOnly(Map.entry(0, 0L), Map.entry(1, (long) size), Map.entry(2, 0L));
  }

  @Test
  void describesOnlyTheTopicsAskedFor() {
    DescribeLogDirsRequestData body = new DescribeLogDirsRequestData();
    body.topics().add(new DescribableLogDirTopic().setTopic("here").setPartitions(List.of(2, 9)));
    body.topics().add(new DescribableLogDirTopic().setTopic("elsewhere").setPartitions(List.of(0)));
    assertThat(sizes(call(4, body))).containsOnlyKeys(2);
  }

  private static Map<Integer, Long> sizes(DescribeLogDirsResponseData answer) {
    return answer.results().stream()
        .flatMap(result -> result.topics().stream())
        .peek(topic -> assertThat(topic.name()).isEqualTo("here"))
        .flatMap(topic -> topic.partitions().stream())
        .peek(partition -> assertThat(partition.offsetLag()).isZero())
        .collect(
            java.util.stream.Collectors.toMap(
                DescribeLogDirsPartition::partitionIndex, DescribeLogDirsPartition::partitionSize));
  }

  private DescribeLogDirsResponseData call(int version, DescribeLogDirsRequestData body) {
    return caller.call(version, body, DescribeLogDirsResponseData.class);
  }
}
