package io.ottla.network.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.junit.jupiter.api.Test;

class MessageReaderTest {
  private final MessageReader reader = new MessageReader();

  @Property(tries = 500)
  void readsIntegersAsKafkaWritesThem(@ForAll int number, @ForAll long large) {
    ByteBuffer bytes = ByteBuffer.allocate(40);
    ByteBufferAccessor kafka = new ByteBufferAccessor(bytes);
    kafka.writeUnsignedVarint(number);
    kafka.writeVarint(number);
    kafka.writeVarlong(large);
    reader.reset(Unpooled.wrappedBuffer(bytes.flip()));
    assertThat(reader.readUnsignedVarint()).isEqualTo(number);
    assertThat(reader.readVarint()).isEqualTo(number);
    assertThat(reader.readVarlong()).isEqualTo(large);
    assertThat(reader.remaining()).isZero();
  }

  @Test
  void refusesIntegersThatAreTooLong() {
    reader.reset(Unpooled.wrappedBuffer(repeat(0x80, 12)));
    assertThatThrownBy(reader::readUnsignedVarint).isInstanceOf(MalformedMessageException.class);
    reader.reset(Unpooled.wrappedBuffer(repeat(0x80, 12)));
    assertThatThrownBy(reader::readVarlong).isInstanceOf(MalformedMessageException.class);
    reader.reset(Unpooled.wrappedBuffer(repeat(0xff, 5)));
    assertThatThrownBy(reader::readUnsignedVarint).isInstanceOf(MalformedMessageException.class);
  }

  @Test
  void refusesLengthsThatCannotBe() {
    for (int length : new int[] {-1, Integer.MIN_VALUE, 5, Integer.MAX_VALUE}) {
      reader.reset(Unpooled.wrappedBuffer(new byte[4]));
      assertThatThrownBy(() -> reader.readArray(length))
          .isInstanceOf(MalformedMessageException.class);
      assertThatThrownBy(() -> reader.readString(length))
          .isInstanceOf(MalformedMessageException.class);
      assertThatThrownBy(() -> reader.readByteBuffer(length))
          .isInstanceOf(MalformedMessageException.class);
    }
  }

  @Test
  void skipsUpTo64UnknownTaggedFieldsOfASectionAndKeepsNone() {
    ApiVersionsRequestData read = readApiVersions(64);
    assertThat(read.clientSoftwareName()).isEqualTo("a");
    assertThat(read.unknownTaggedFields()).isEmpty();
    assertThatThrownBy(() -> readApiVersions(65))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessageContaining("64");
  }

  @Test
  void countsTaggedFieldsOfEachSectionOnItsOwn() {
    ByteBuf bytes = Unpooled.buffer();
    bytes.writeByte(0).writeShort(1).writeInt(0).writeByte(1 + 3);
    for (int topic = 0; topic < 3; topic++) {
      bytes.writeByte(2).writeByte('a' + topic).writeByte(1);
      writeTags(bytes, 60);
    }
    writeTags(bytes, 60);
    reader.reset(bytes);
    ProduceRequestData read =
        (ProduceRequestData) MessageCodec.readRequest(ApiKeys.PRODUCE, (short) 9, reader);
    assertThat(read.topicData()).extracting(TopicProduceData::name).containsExactly("a", "b", "c");
  }

  @Test
  void refusesMessagesOfManyTinyObjects() {
    int topics = 900_000;
    ByteBuf structs = Unpooled.buffer(topics * 3 + 100);
    structs.writeZero(4 + 4 + 4 + 4 + 1 + 4 + 4);
    new ByteBufVarint(structs).write(topics + 1);
    for (int i = 0; i < topics; i++) {
      structs.writeByte(1).writeByte(1).writeByte(0);
    }
    structs.writeByte(1).writeByte(1).writeByte(0);
    assertTooManyValues(ApiKeys.FETCH, 12, structs);

    ByteBuf strings = Unpooled.buffer();
    strings.writeInt(400_000);
    for (int i = 0; i < 400_000; i++) {
      strings.writeShort(1).writeByte('x');
    }
    assertTooManyValues(ApiKeys.METADATA, 4, strings);
  }

  @Test
  void acceptsAFetchOfAHundredThousandPartitions() {
    ByteBuf bytes = Unpooled.buffer();
    bytes.writeZero(4 + 4 + 4 + 1 + 4 + 4);
    bytes.writeByte(2).writeZero(16);
    new ByteBufVarint(bytes).write(100_001);
    bytes.writeZero(100_000 * 33);
    bytes.writeByte(0).writeByte(1).writeByte(1).writeByte(0);
    reader.reset(bytes);
    FetchRequestData read =
        (FetchRequestData) MessageCodec.readRequest(ApiKeys.FETCH, (short) 16, reader);
    assertThat(read.topics().get(0).partitions()).hasSize(100_000);
    assertThat(reader.remaining()).isZero();
  }

  private void assertTooManyValues(ApiKeys key, int version, ByteBuf bytes) {
    reader.reset(bytes);
    assertThatThrownBy(() -> MessageCodec.readRequest(key, (short) version, reader))
        .isInstanceOf(MalformedMessageException.class)
        .hasMessageContaining("Too many values");
  }

  @Test
  void recordSetsAreViewsOfTheFrame() {
    ByteBuf bytes = Unpooled.directBuffer();
    bytes.writeShort(-1).writeShort(1).writeInt(0).writeInt(1);
    bytes.writeShort(1).writeByte('t').writeInt(1).writeInt(0);
    bytes.writeInt(5).writeBytes(new byte[] {1, 2, 3, 4, 5});
    reader.reset(bytes);
    ProduceRequestData read =
        (ProduceRequestData) MessageCodec.readRequest(ApiKeys.PRODUCE, (short) 3, reader);
    assertThat(reader.viewsTaken()).isTrue();
    ByteBuffer records =
        RecordSets.bytes(read.topicData().iterator().next().partitionData().get(0));
    assertThat(records.remaining()).isEqualTo(5);
    records.put(records.position(), (byte) 99);
    assertThat(bytes.getByte(bytes.writerIndex() - 5)).isEqualTo((byte) 99);
    bytes.release();
  }

  @Test
  void aMessageWithoutViewsNeedsNoFrame() {
    readApiVersions(1);
    assertThat(reader.viewsTaken()).isFalse();
  }

  private ApiVersionsRequestData readApiVersions(int tags) {
    ByteBuf bytes = Unpooled.buffer();
    bytes.writeByte(2).writeByte('a').writeByte(2).writeByte('b');
    writeTags(bytes, tags);
    reader.reset(bytes);
    return (ApiVersionsRequestData)
        MessageCodec.readRequest(ApiKeys.API_VERSIONS, (short) 3, reader);
  }

  private static void writeTags(ByteBuf bytes, int count) {
    bytes.writeByte(count);
    for (int i = 0; i < count; i++) {
      bytes.writeByte(100).writeByte(3).writeMedium(7);
    }
  }

  private static byte[] repeat(int value, int count) {
    byte[] bytes = new byte[count];
    java.util.Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private record ByteBufVarint(ByteBuf bytes) {
    void write(int value) {
      int rest = value;
      while (rest > 127) {
        bytes.writeByte((rest & 127) | 128);
        rest >>>= 7;
      }
      bytes.writeByte(rest);
    }
  }
}
