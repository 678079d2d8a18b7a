package io.ottla.core.api.producers;

import static org.assertj.core.api.Assertions.assertThat;

import io.ottla.core.api.ApiCaller;
import io.ottla.core.api.FakeCoordination;
import io.ottla.core.api.HostedReplicas;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeProducersResponseData.PartitionResponse;
import org.apache.kafka.common.message.DescribeProducersResponseData.ProducerState;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DescribeProducersHandlerTest {
  @TempDir Path directory;

  @Test
  void describesProducersOfReplicasHere() throws Exception {
    FakeCoordination coordination = new FakeCoordination(2);
    coordination.addTopic("here", List.of(0), 1);
    coordination.addTopic("elsewhere", List.of(1), 1);
    try (HostedReplicas hosted = new HostedReplicas(coordination, directory)) {
      ByteBuffer batch =
          MemoryRecords.withIdempotentRecords(
                  Compression.NONE,
                  77,
                  (short) 3,
                  0,
                  new SimpleRecord(1234, new byte[1]),
                  new SimpleRecord(1235, new byte[1]))
              .buffer();
      hosted.partitions().get("here", 0).append(batch, (short) 1, 5000);
      DescribeProducersRequestData body = new DescribeProducersRequestData();
      for (String topic : List.of("here", "elsewhere", "absent", "not/valid")) {
        body.topics().add(new TopicRequest().setName(topic).setPartitionIndexes(List.of(0)));
      }
      DescribeProducersResponseData answer =
          new ApiCaller(new DescribeProducersHandler(coordination::image, hosted.partitions()))
              .call(0, body, DescribeProducersResponseData.class);
      assertThat(answer.topics())
          .extracting(topic -> Errors.forCode(topic.partitions().get(0).errorCode()))
          .containsExactly(
              Errors.NONE,
              Errors.NOT_LEADER_OR_FOLLOWER,
              Errors.UNKNOWN_TOPIC_OR_PARTITION,
              Errors.INVALID_TOPIC_EXCEPTION);
      PartitionResponse here = answer.topics().get(0).partitions().get(0);
      assertThat(here.activeProducers()).hasSize(1);
      ProducerState producer = here.activeProducers().get(0);
      assertThat(producer.producerId()).isEqualTo(77);
      assertThat(producer.producerEpoch()).isEqualTo(3);
      assertThat(producer.lastSequence()).isEqualTo(1);
      assertThat(producer.currentTxnStartOffset()).isEqualTo(-1);
    }
  }
}
