package io.ottla.network.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.MessageUtil;
import org.junit.jupiter.api.Test;

class KeyedArrayGuardTest {
  private static final Duration SOON = Duration.ofSeconds(3);
  private final MessageReader reader = new MessageReader();

  @Test
  void refusesEqualKeysQuickly() {
    ByteBuf bytes = Unpooled.buffer();
    bytes.writeShort(-1).writeShort(1).writeInt(0).writeInt(3_000);
    for (int i = 0; i < 3_000; i++) {
      bytes.writeShort(0).writeInt(0);
    }
    assertTimeoutPreemptively(SOON, () -> assertRefused(ApiKeys.PRODUCE, 8, bytes));
  }

  @Test
  void refusesDifferentKeysOfEqualHash() {
    ByteBuf bytes = Unpooled.buffer();
    bytes.writeShort(-1).writeShort(1).writeInt(0).writeInt(2_048);
    for (int i = 0; i < 2_048; i++) {
      // "Aa" and "BB" have the same hash code, so all their combinations have.
      StringBuilder name = new StringBuilder();
      for (int bit = 0; bit < 11; bit++) {
        name.append((i >> bit & 1) == 0 ? "Aa" : "BB");
      }
      bytes
          .writeShort(22)
          .writeBytes(Unpooled.copiedBuffer(name, java.nio.charset.StandardCharsets.US_ASCII));
      bytes.writeInt(0);
    }
    assertTimeoutPreemptively(SOON, () -> assertRefused(ApiKeys.PRODUCE, 8, bytes));
  }

  @Test
  void refusesCollisionsInNestedArrays() {
    ByteBuf bytes = Unpooled.buffer();
    bytes.writeInt(1).writeByte(2).writeShort(1).writeByte('t').writeInt(2_000);
    for (int i = 0; i < 2_000; i++) {
      bytes.writeShort(0).writeByte(0).writeShort(-1);
    }
    bytes.writeByte(0);
    assertTimeoutPreemptively(
        SOON, () -> assertRefused(ApiKeys.INCREMENTAL_ALTER_CONFIGS, 0, bytes));
  }

  @Test
  void acceptsOrdinaryNames() {
    produce(i -> "topic-" + i);
    produce(i -> "a.very.long.prefix.of.some.company_" + String.format("%06d", i));
    produce(i -> Integer.toString(i));
    produce(i -> Uuid.randomUuid().toString().replace("=", ""));
    produce(i -> "t" + (char) ('a' + i / 676) + (char) ('a' + i / 26 % 26) + (char) ('a' + i % 26));
  }

  @Test
  void acceptsManyTopicIds() {
    ProduceRequestData request = new ProduceRequestData();
    for (int i = 0; i < 3_000; i++) {
      request.topicData().add(new TopicProduceData().setTopicId(Uuid.randomUuid()));
    }
    assertReads(ApiKeys.PRODUCE, 13, request);
  }

  @Test
  void acceptsManyPartitionsOfOneTopic() {
    ProduceRequestData request = new ProduceRequestData();
    TopicProduceData topic = new TopicProduceData().setName("t");
    for (int i = 0; i < 3_000; i++) {
      topic.partitionData().add(new PartitionProduceData().setIndex(i));
    }
    request.topicData().add(topic);
    assertReads(ApiKeys.PRODUCE, 12, request);
    assertReads(ApiKeys.PRODUCE, 3, request);
  }

  @Test
  void acceptsTheSameSettingOfManyTopics() {
    IncrementalAlterConfigsRequestData request = new IncrementalAlterConfigsRequestData();
    CreateTopicsRequestData create = new CreateTopicsRequestData();
    for (int i = 0; i < 3_000; i++) {
      AlterConfigsResource resource =
          new AlterConfigsResource().setResourceType((byte) 2).setResourceName("topic-" + i);
      resource.configs().add(new AlterableConfig().setName("retention.ms").setValue("1000"));
      request.resources().add(resource);
      create
          .topics()
          .add(
              new CreatableTopic()
                  .setName("t" + i)
                  .setNumPartitions(1)
                  .setReplicationFactor((short) 1));
    }
    assertReads(ApiKeys.INCREMENTAL_ALTER_CONFIGS, 1, request);
    assertReads(ApiKeys.CREATE_TOPICS, 7, create);
  }

  @Test
  void sequentialNumbersDoNotCollide() {
    assertThat(KeyedArrayGuard.rehashCost(IntStream.range(0, 50_000).toArray())).isZero();
    assertThat(KeyedArrayGuard.rehashCost(new int[70])).isLessThan(KeyedArrayGuard.maxCost(70));
    assertThat(KeyedArrayGuard.rehashCost(new int[500]))
        .isGreaterThan(KeyedArrayGuard.maxCost(500));
  }

  private void produce(IntFunction<String> name) {
    ProduceRequestData request = new ProduceRequestData();
    for (int i = 0; i < 5_000; i++) {
      request.topicData().add(new TopicProduceData().setName(name.apply(i)));
    }
    assertReads(ApiKeys.PRODUCE, 12, request);
  }

  private void assertReads(ApiKeys key, int version, ApiMessage message) {
    reader.reset(
        Unpooled.wrappedBuffer(
            MessageUtil.toByteBufferAccessor(message, (short) version).buffer()));
    assertThat(MessageCodec.readRequest(key, (short) version, reader)).isEqualTo(message);
  }

  private void assertRefused(ApiKeys key, int version, ByteBuf bytes) {
    reader.reset(bytes);
    assertThatThrownBy(() -> MessageCodec.readRequest(key, (short) version, reader))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessageContaining("collide");
  }
}
